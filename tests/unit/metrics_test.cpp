#include "net/api/metrics.hpp"

#include <catch2/catch.hpp>

#include <ctime>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

using namespace ringmaster;
using namespace ringmaster::net::api;

namespace {

struct scraped {
  std::map<std::string, std::string> types;   ///< by family
  std::map<std::string, std::string> samples; ///< value by name and labels
  std::set<std::string> names;                ///< of samples, without labels
};

scraped scrape(const node_view& node) {
  scraped all;
  std::istringstream in(metrics_text(node));
  const std::regex type("# TYPE ([a-z0-9_]+) (counter|gauge|histogram)"),
      help("# HELP [a-z0-9_]+ .+"), sample(R"(([a-z0-9_]+)(\{[a-z]+="[^"]*"\})? ([-+0-9.e]+))");
  for (std::string line; std::getline(in, line);) {
    INFO(line);
    std::smatch found;
    if (std::regex_match(line, found, type)) {
      CHECK(all.types.emplace(found[1], found[2]).second);
    } else if (!std::regex_match(line, help)) {
      REQUIRE(std::regex_match(line, found, sample));
      CHECK(all.samples.emplace(found[1].str() + found[2].str(), found[3]).second);
      all.names.insert(found[1]);
    }
  }
  return all;
}

std::string text_of(const char* file) {
  std::ifstream in(std::string(RINGMASTER_SOURCE_DIR "/config/monitoring/") + file);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> names_in(const std::string& text) {
  const std::regex name(R"(\bringmaster_[a-z0-9_]+)");
  std::set<std::string> names;
  for (std::sregex_iterator it(text.begin(), text.end(), name), end; it != end; ++it)
    names.insert(it->str());
  return names;
}

} // namespace

TEST_CASE("every metric is told once, with its type, in Prometheus' format") {
  counters count;
  const auto all = scrape({count, 0, 0, 0, nullptr});
  for (const auto& name : all.names) {
    INFO(name);
    const auto family = std::regex_replace(name, std::regex("_(bucket|sum|count)$"), "");
    CHECK((all.types.count(name) == 1 || all.types.at(family) == "histogram"));
    if (all.types.count(name) == 1 && all.types.at(name) == "counter")
      CHECK(name.substr(name.size() - 6) == "_total");
  }
}

TEST_CASE("a histogram's buckets add up, each observation in the right ones") {
  counters count;
  count.store_commit.observe(microseconds{100});
  count.store_commit.observe(microseconds{2'000});
  count.store_commit.observe(seconds{100});
  count.store_batch.observe(7);
  const auto all = scrape({count, 0, 0, 0, nullptr}).samples;
  const std::string bucket = "ringmaster_store_commit_seconds_bucket";
  CHECK(all.at(bucket + R"({le="0.0001"})") == "1");
  CHECK(all.at(bucket + R"({le="0.001"})") == "1");
  CHECK(all.at(bucket + R"({le="0.0025"})") == "2");
  CHECK(all.at(bucket + R"({le="60"})") == "2");
  CHECK(all.at(bucket + R"({le="+Inf"})") == "3");
  CHECK(all.at("ringmaster_store_commit_seconds_count") == "3");
  CHECK(all.at("ringmaster_store_commit_seconds_sum") == "100.0021");
  CHECK(all.at(R"(ringmaster_store_batch_requests_bucket{le="5"})") == "0");
  CHECK(all.at(R"(ringmaster_store_batch_requests_bucket{le="10"})") == "1");
}

TEST_CASE("gauges of the slots follow what businesses tell, and forget those that leave") {
  counters count;
  const auto figures = [](std::int16_t reserved, std::int16_t dialing, std::int16_t calling,
                          std::int16_t in_doubt, std::int16_t limit) {
    return slot_figures{{0, reserved, dialing, calling, in_doubt}, limit};
  };
  {
    slot_gauge one, other;
    one.tell(count.slots, figures(0, 1, 1, 1, 3));
    other.tell(count.slots, figures(1, 0, 0, 0, 5));
    one.tell(count.slots, figures(0, 0, 1, 1, 3));
    const auto all = scrape({count, 0, 0, 0, nullptr}).samples;
    CHECK(all.at("ringmaster_slots_held") == "3");
    CHECK(all.at("ringmaster_slots_limit") == "8");
    CHECK(all.at(R"(ringmaster_calls_live{state="reserved"})") == "1");
    CHECK(all.at(R"(ringmaster_calls_live{state="dialing"})") == "0");
    CHECK(all.at(R"(ringmaster_calls_live{state="calling"})") == "1");
    CHECK(all.at(R"(ringmaster_calls_live{state="in_doubt"})") == "1");
  }
  CHECK(scrape({count, 0, 0, 0, nullptr}).samples.at("ringmaster_slots_held") == "0");
}

TEST_CASE("each check of /readyz is a gauge, and the process tells of itself") {
  counters count;
  const auto all =
      scrape(
          {count, 0, 0, 0, nullptr, nullptr, {{"ownership", false, "why"}, {"carrier", true, ""}}})
          .samples;
  CHECK(all.at(R"(ringmaster_ready{check="ownership"})") == "0");
  CHECK(all.at(R"(ringmaster_ready{check="carrier"})") == "1");
  const auto age =
      static_cast<double>(std::time(nullptr)) - std::stod(all.at("ringmaster_start_time_seconds"));
  CHECK(age >= -1);
  CHECK(age < 3600);
  CHECK(std::stod(all.at("ringmaster_open_files")) <
        std::stod(all.at("ringmaster_open_files_limit")));
}

TEST_CASE("mailboxes are told by kind of actor, never by business") {
  counters count;
  const auto roster = std::make_shared<actor_roster>();
  const auto listed = [&](const char* kind, const char* key, int received, int handled) {
    auto made = std::make_unique<listed_actor>(roster, kind, key);
    made->received = static_cast<std::uint64_t>(received);
    made->handled = static_cast<std::uint64_t>(handled);
    return made;
  };
  const auto first = listed("run", "business=1 run=1", 7, 5);
  const auto second = listed("run", "business=2 run=2", 4, 4);
  const auto store = listed("store", "connection=1", 9, 8);
  second->leave(true);
  second->leave(true);
  const auto third = listed("run", "business=2 run=2", 1, 0);
  const auto all = scrape({count, 0, 0, 0, roster.get()}).samples;
  CHECK(all.at(R"(ringmaster_mailbox_messages{kind="run"})") == "3");
  CHECK(all.at(R"(ringmaster_mailbox_messages{kind="store"})") == "1");
  const auto runs = roster->views("run");
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].restarts == 0);
  CHECK(runs[1].restarts == 1);
  CHECK(runs[1].waiting == 1);
}

TEST_CASE("the dashboard and the alerts speak only of metrics that there are") {
  counters count;
  const auto roster = std::make_shared<actor_roster>();
  const listed_actor store{roster, "store", "connection=1"};
  const auto there =
      scrape({count, 0, 0, 0, roster.get(), nullptr, {{"ownership", true, ""}}}).names;
  for (const auto* file : {"grafana.json", "alerts.yml"}) {
    const auto spoken_of = names_in(text_of(file));
    CHECK(spoken_of.size() > 10);
    for (const auto& name : spoken_of) {
      INFO(file << ": " << name);
      CHECK(there.count(name) == 1);
    }
  }
}

TEST_CASE("every label value that an alert asks for is one that is told") {
  counters count;
  const auto all = metrics_text({count, 0, 0, 0, nullptr});
  for (const auto* label : {R"(code="401")", R"(code="403")", R"(code="none")", R"(code="503")",
                            R"(state="in_doubt")", R"(by="address")"})
    CHECK(all.find(label) != std::string::npos);
}
