#include "net/console/desk.hpp"

#include "net/console/event_texts.hpp"

#include <condition_variable>
#include <cstdlib>
#include <random>

namespace ringmaster::net::console {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

/// The API answers within its own bounds; this is for a defect of ours.
constexpr seconds api_patience{60};
constexpr seconds confirmation_life{60};
constexpr std::size_t most_confirmations = 64;
constexpr double fastest_pace = 100'000; ///< as in the settings
constexpr int most_pages = 20;           ///< of a thousand businesses

json good(json value) {
  return {{"ok", true}, {"result", std::move(value)}};
}

json refusal(const failure& why) {
  return {{"ok", false},
          {"error",
           {{"code", why.code},
            {"message", why.message},
            {"field", why.field.empty() ? json() : json(why.field)}}}};
}

json from(result<json> said) {
  return said ? good(std::move(*said)) : refusal(said.error());
}

std::string percent_encoded(const std::string& text) {
  static const char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= 'a' && byte <= 'z');
    if (plain)
      out += c;
    else
      (out += '%') += {digits[byte >> 4], digits[byte & 15]};
  }
  return out;
}

std::string path_of(std::int64_t business, const std::string& below = {}) {
  return "/api/v1/businesses/" + std::to_string(business) + below;
}

std::string new_token() {
  std::random_device random;
  std::string token;
  for (int i = 0; i < 4; ++i)
    token += std::to_string(random());
  return token;
}

const char* warning_of(const std::string& command) {
  if (command == "drain") return "The server ends. Live calls go on at the carrier.";
  if (command == "database accept")
    return "Whoever was called and is not in this database is called again.";
  if (command == "doubt adopt")
    return "The job takes that call's name; its slot is held until that call has ended.";
  if (command == "keys revoke")
    return "Who still uses the key is refused within seconds; it can't be had back.";
  return "The slot is freed. If the call rings all the same, a person may be called twice.";
}

} // namespace

desk::desk(trusted_handler api, actors_door& door, node_parts node)
    : api_(std::move(api)), door_(door), node_(std::move(node)) {}

json desk::answer(const request& wish) {
  const auto parsed = parse(wish.words);
  if (!parsed) return refusal(parsed.error());
  const auto& what = *parsed->what;
  if (what.is == weight::here)
    return refusal(
        {failure_kind::invalid, "wrong_usage", "'" + what.name + "' is done by the console", ""});
  const auto by = "console uid=" + std::to_string(wish.who.uid);
  if (what.is == weight::changes || what.is == weight::asks_twice) {
    const auto why = node_.hindrance();
    const bool of_node =
        what.name == "log level" || what.name == "drain" || what.name == "database accept";
    if (!why.first.empty() && !of_node)
      return refusal({failure_kind::unavailable, why.first, why.second, ""});
  }
  if (what.is == weight::asks_twice && !confirmed(wish)) return ask_twice(*parsed, wish);
  return carry_out(*parsed, wish, by);
}

json desk::ask_twice(const parsed_command& what, const request& wish) {
  const std::lock_guard lock(guard_);
  const auto now = steady_clock::now();
  for (auto it = confirmations_.begin(); it != confirmations_.end();)
    it = it->second.until < now ? confirmations_.erase(it) : std::next(it);
  if (confirmations_.size() >= most_confirmations) confirmations_.clear();
  const auto token = new_token();
  confirmations_[token] = {wish.words, now + confirmation_life};
  auto answer = refusal({failure_kind::conflict, "confirm", warning_of(what.what->name), ""});
  answer["confirm"] = token;
  return answer;
}

/// A token is good for one command, once.
bool desk::confirmed(const request& wish) {
  const std::lock_guard lock(guard_);
  const auto found = confirmations_.find(wish.confirm);
  if (found == confirmations_.end()) return false;
  const bool fits = found->second.words == wish.words && found->second.until >= steady_clock::now();
  confirmations_.erase(found);
  return fits;
}

json desk::carry_out(const parsed_command& what, const request& wish, const std::string& by) {
  const auto& name = what.what->name;
  if (name == "tail") return tail(what.id(0), wish, by);
  if (name == "doubts") return doubts(what.id(0), by);
  if (name == "reconcile") return reconcile(what.at(0), by);
  using hand = actors_door::hand;
  const business_id business{what.id(0)};
  if (name == "restart" || name.rfind("doubt ", 0) == 0)
    if (auto known = ask("GET", path_of(business.value), by); !known["ok"].get<bool>())
      return known;
  if (name == "restart") {
    node_.note(by, "restart " + what.at(0));
    return from(door_.by_hand({business, hand::read_again, {}, {}, by}));
  }
  if (name == "doubt adopt")
    return from(
        door_.by_hand({business, hand::adopt, job_id{what.id(1)}, call_sid{what.at(2)}, by}));
  if (name == "doubt never-placed")
    return from(door_.by_hand({business, hand::never_placed, job_id{what.id(1)}, {}, by}));
  const auto group = name.substr(0, name.find(' '));
  if (group == "keys") return of_keys(what, by);
  if (group == "business" || group == "runs" || group == "job") return of_business(what, by);
  return of_node(what, by);
}

json desk::of_business(const parsed_command& what, const std::string& by) {
  const auto& name = what.what->name;
  const auto business = what.id(0);
  if (name == "business find")
    return ask("GET",
               "/api/v1/overview/businesses?limit=100" +
                   (what.at(0).empty() ? "" : "&search=" + percent_encoded(what.at(0))),
               by);
  if (name == "business busy")
    return ask("GET", "/api/v1/overview/businesses?busy=true&limit=1000", by);
  if (name == "business show") return ask("GET", path_of(business), by);
  if (name == "business slots") return ask("GET", path_of(business, "/slots"), by);
  if (name == "business set-slots")
    return ask("PATCH", path_of(business), by, {{"max_outbound_calls", what.id(1)}});
  if (name == "business suspend") return ask("PATCH", path_of(business), by, {{"suspended", true}});
  if (name == "business unsuspend")
    return ask("PATCH", path_of(business), by, {{"suspended", false}});
  if (name == "runs list") return ask("GET", path_of(business, "/runs"), by);
  const auto verb = name.substr(name.find(' ') + 1);
  if (name == "job story") return ask("GET", path_of(business, "/calls/" + what.at(1)), by);
  if (name == "job show" || name == "job why" || name == "job requeue") {
    const auto job = path_of(business, "/jobs/" + what.at(1));
    return ask(verb == "requeue" ? "POST" : "GET", verb == "show" ? job : job + "/" + verb, by);
  }
  const auto run = path_of(business, "/runs/" + what.at(1));
  if (verb == "show") return ask("GET", run, by);
  if (verb == "stop" && !what.at(2).empty())
    return ask("POST", run + "/stop", by, {{"hang_up", true}});
  return ask("POST", run + "/" + verb, by);
}

json desk::of_node(const parsed_command& what, const std::string& by) {
  const auto& name = what.what->name;
  if (name == "server") return good(node_.about());
  if (name == "config") return good(node_.settings());
  if (name == "database") return good(node_.database());
  if (name == "overview") return ask("GET", "/api/v1/overview", by);
  if (name == "actors") return from(door_.actors(what.at(0)));
  if (name == "audit")
    return ask(
        "GET",
        what.id(0) != 0 ? path_of(what.id(0), "/audit?limit=100") : "/api/v1/audit?limit=100", by);
  if (name == "carrier") {
    auto account = door_.carrier();
    if (account) account->update(node_.carrier());
    return from(std::move(account));
  }
  if (name == "carrier pace") {
    const auto pace = std::strtod(what.at(0).c_str(), nullptr);
    if (pace > fastest_pace)
      return refusal({failure_kind::invalid, "wrong_usage", "no carrier takes that many", ""});
    node_.note(by, "carrier pace " + what.at(0));
    return from(door_.set_pace(pace));
  }
  if (name == "metrics") return good(fetch({"GET", "/metrics", {}, {}, {}}, by).body);
  if (name == "log level") {
    if (!what.at(0).empty()) {
      node_.note(by, "log level " + what.at(0));
      node_.set_log_level(what.at(0));
    }
    return good({{"level", node_.log_level()}});
  }
  if (name == "database accept") {
    const auto why = node_.accept_database(by);
    if (!why.empty()) return refusal({failure_kind::conflict, "not_done", why, ""});
    return good({{"accepted", true}});
  }
  if (name == "drain") {
    node_.note(by, "drain");
    node_.drain();
    return good({{"draining", true}});
  }
  return refusal({failure_kind::internal, "internal", "this server can't do that", ""});
}

http_response desk::fetch(http_request wish, const std::string& by) {
  struct post {
    std::mutex guard;
    std::condition_variable came;
    std::optional<http_response> response;
  };
  auto box = std::make_shared<post>();
  api_(std::move(wish), by, [box](http_response response) {
    const std::lock_guard lock(box->guard);
    box->response = std::move(response);
    box->came.notify_all();
  });
  std::unique_lock lock(box->guard);
  if (box->came.wait_for(lock, api_patience, [&] { return box->response.has_value(); }))
    return std::move(*box->response);
  http_response late;
  late.status = 503;
  late.body =
      R"({"error":{"code":"outcome_unknown","message":"no answer in time; what was asked may)"
      R"( still be done: look before asking again","field":null}})";
  return late;
}

json desk::ask(const std::string& method, const std::string& target, const std::string& by,
               const json& body) {
  const auto said =
      fetch({method, target, {}, body.is_null() ? std::string() : body.dump(), {}}, by);
  if (said.status == 204) return good({{"done", true}});
  auto parsed = json::parse(said.body, nullptr, false);
  if (parsed.is_discarded())
    return refusal({failure_kind::internal, "internal", "the API's answer can't be read", ""});
  if (said.status >= 200 && said.status < 300) return good(std::move(parsed));
  return {{"ok", false}, {"error", parsed.value("error", json::object())}};
}

result<std::vector<json>> desk::busy_businesses(const std::string& by) {
  std::vector<json> all;
  std::string cursor;
  for (int pages = 0; pages < most_pages; ++pages) {
    const auto said = ask("GET",
                          "/api/v1/overview/businesses?busy=true&limit=1000" +
                              (cursor.empty() ? "" : "&cursor=" + percent_encoded(cursor)),
                          by);
    if (!said["ok"].get<bool>())
      return failure{failure_kind::unavailable, said["error"].value("code", ""),
                     said["error"].value("message", ""), ""};
    for (const auto& one : said["result"]["items"])
      all.push_back(one);
    const auto& next = said["result"]["next_cursor"];
    if (!next.is_string()) break;
    cursor = next.get<std::string>();
  }
  return all;
}

json desk::doubts(std::int64_t business, const std::string& by) {
  std::vector<std::int64_t> where;
  if (business != 0) {
    where.push_back(business);
  } else {
    const auto busy = busy_businesses(by);
    if (!busy) return refusal(busy.error());
    for (const auto& one : *busy)
      if (one["in_doubt"].get<std::int64_t>() > 0) where.push_back(one["id"].get<std::int64_t>());
  }
  auto found = json::array();
  for (const auto id : where) {
    auto slots = ask("GET", path_of(id, "/slots"), by);
    if (!slots["ok"].get<bool>()) return slots;
    for (auto& slot : slots["result"]["items"])
      if (slot["state"] == "in_doubt") {
        slot["business_id"] = id;
        found.push_back(std::move(slot));
      }
  }
  return good({{"doubts", std::move(found)}});
}

json desk::reconcile(const std::string& which, const std::string& by) {
  std::vector<std::int64_t> where;
  if (which == "all") {
    const auto busy = busy_businesses(by);
    if (!busy) return refusal(busy.error());
    for (const auto& one : *busy)
      if (one["active"].get<std::int64_t>() > 0) where.push_back(one["id"].get<std::int64_t>());
  } else {
    where.push_back(std::strtoll(which.c_str(), nullptr, 10));
    if (where.front() <= 0)
      return refusal({failure_kind::invalid, "wrong_usage", "reconcile BUSINESS, or reconcile all",
                      "BUSINESS"});
    const auto known = ask("GET", path_of(where.front()), by);
    if (!known["ok"].get<bool>()) return known;
  }
  node_.note(by, "reconcile " + which);
  auto said = json::object();
  for (const auto id : where) {
    auto told = door_.by_hand({business_id{id}, actors_door::hand::look_now, {}, {}, by});
    if (!told) return refusal(told.error());
    said["business " + std::to_string(id)] = (*told)["told"];
  }
  if (said.empty()) said["told"] = "no business has a live call";
  return good(std::move(said));
}

json desk::tail(std::int64_t business, const request& wish, const std::string& by) {
  std::string last_id;
  std::int64_t events = 0;
  for (;;) {
    http_request open{"GET", path_of(business, "/events"), {}, {}, {}};
    if (!last_id.empty()) open.headers.emplace_back("Last-Event-ID", last_id);
    auto said = fetch(std::move(open), by);
    if (!said.stream) {
      auto parsed = json::parse(said.body, nullptr, false);
      if (!parsed.is_object())
        return refusal({failure_kind::unavailable, "no_stream", "no events are to be had now", ""});
      return {{"ok", false}, {"error", parsed.value("error", json::object())}};
    }
    event_reader reader;
    for (auto chunk = next_chunk(*said.stream, wish.over); chunk;
         chunk = next_chunk(*said.stream, wish.over)) {
      reader.feed(*chunk);
      while (auto event = reader.next()) {
        if (!event->id.empty()) last_id = event->id;
        if (event->data.is_null()) continue;
        ++events;
        if (!wish.event({{"event", event->name}, {"data", std::move(event->data)}})) {
          said.stream->cancel();
          return good({{"events", events}});
        }
      }
    }
    if (wish.over(milliseconds{0})) {
      said.stream->cancel();
      return good({{"events", events}});
    }
  }
}

} // namespace ringmaster::net::console
