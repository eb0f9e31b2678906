// The part of call_engine that carries out TwiML: fetching, talking, redirecting, hanging up.
#include "net/simulated_carrier/call_engine.hpp"
#include "net/simulated_carrier/twiml.hpp"

#include <algorithm>

namespace ringmaster::net::sim {

namespace {

constexpr std::uint32_t most_documents = 20;
constexpr std::size_t most_documents_said = 16;
constexpr std::size_t most_deliveries = 64;
constexpr std::size_t longest_document = 64 * 1024;
constexpr std::int32_t http_failure = 11200, unreadable_document = 12100;

/// A redirect as an absolute URL; relative ones are told from the document that has it.
std::string resolve(const std::string& redirect, const std::string& document_url) {
  if (redirect.empty()) return document_url;
  if (redirect[0] != '/') return redirect;
  auto host = document_url.find("://");
  if (host == std::string::npos) return redirect;
  return document_url.substr(0, document_url.find_first_of("/?#", host + 3)) + redirect;
}

} // namespace

void call_engine::fetch_first(call& c, time_point now) {
  if (c.request.answer.url.empty()) {
    carry_out(c, c.request.twiml, now);
    return;
  }
  fetch(c, webhook_kind::answer, c.request.answer, 0);
  auto& w = due_.back();
  if (strikes(fault::answer_slow, c)) {
    w.ignored = true;
    set_timer(c, step::slow_answer, now + milliseconds{settings_.faults.amounts.answer_slow_ms});
  }
  w.broken = strikes(fault::answer_failed, c);
  if (strikes(fault::answer_fetched_twice, c)) {
    auto again = w;
    again.ignored = true;
    due_.push_back(std::move(again));
  }
}

void call_engine::fetch(call& c, webhook_kind kind, const webhook_target& target,
                        std::int32_t error) {
  auto w = plan_.fetch(c, kind, target, error, c.document_url);
  c.document_url = without_fragment(target.url);
  due_.push_back(std::move(w));
}

void call_engine::settled(const webhook& w, const webhook_outcome& outcome, time_point now) {
  auto& figures = w.forged() ? figures_.forged : figures_.by_kind[static_cast<std::size_t>(w.kind)];
  figures.count(outcome);
  call* c = book_->find(w.call);
  if (!c) return;
  if (c->deliveries.empty()) c->deliveries.reserve(5);
  if (c->deliveries.size() < most_deliveries) {
    const auto* status = find_field(w.fields, "CallStatus");
    c->deliveries.push_back({now, to_string(w.kind), status ? *status : "", w.sequence,
                             outcome.status, outcome.attempts, w.forged()});
  }
  bool document = w.kind == webhook_kind::answer || w.kind == webhook_kind::fallback;
  if (!document || w.ignored || w.phase != c->phase) return;
  if (w.broken || outcome.status / 100 != 2 || outcome.body.size() > longest_document)
    document_failed(*c, http_failure, now);
  else
    carry_out(*c, outcome.body, now);
}

void call_engine::document_failed(call& c, std::int32_t error, time_point now) {
  ++c.phase;
  if (!c.fallback_used && !c.request.fallback.url.empty()) {
    c.fallback_used = true;
    fetch(c, webhook_kind::fallback, c.request.fallback, error);
    return;
  }
  // The callee hears that an application error has occurred.
  c.error_code = error;
  end(c, call_status::completed, now);
}

void call_engine::carry_out(call& c, const std::string& document, time_point now) {
  auto verbs = parse_twiml(document);
  if (!verbs || c.documents >= most_documents) {
    document_failed(c, unreadable_document, now);
    return;
  }
  ++c.phase;
  ++c.documents;
  if (c.documents_said.size() < most_documents_said) c.documents_said.push_back(document);
  auto course = course_of(*verbs);
  c.redirect = course.redirects ? resolve(course.redirect, c.document_url) : "";
  c.redirect_get = course.redirect_get;
  if (!course.speaks) {
    follow(c, now);
    return;
  }
  auto until = now + draw_talk(settings_.life, c.draws, c.documents - 1);
  if (strikes(fault::stuck_in_progress, c)) {
    until = now + milliseconds{settings_.faults.amounts.stuck_ms};
    c.redirect.clear();
  }
  auto limit = *c.answered + c.request.time_limit;
  if (limit <= until) c.redirect.clear();
  set_timer(c, step::talk_over, std::min(until, limit));
}

void call_engine::follow(call& c, time_point now) {
  if (c.redirect.empty()) {
    end(c, call_status::completed, now);
    return;
  }
  if (why_not_callable(c.redirect)) {
    document_failed(c, http_failure, now);
    return;
  }
  ++c.phase;
  fetch(c, webhook_kind::answer, {c.redirect, c.redirect_get}, 0);
}

update_result call_engine::redirect(const std::string& sid, const webhook_target& url,
                                    const std::string& twiml, time_point now) {
  call* c = book_->find(sid);
  if (!c) return update_result::not_found;
  if (c->status != call_status::in_progress) return update_result::ended;
  ++c->phase;
  c->fallback_used = false;
  if (url.url.empty())
    carry_out(*c, twiml, now);
  else
    fetch(*c, webhook_kind::answer, url, 0);
  return update_result::done;
}

} // namespace ringmaster::net::sim
