// One authenticated request on its way through a handler, and what a handler may use.
#pragma once

#include "actors/counters.hpp"
#include "actors/records.hpp"
#include "net/api/access.hpp"
#include "net/api/answer.hpp"
#include "net/api/api_config.hpp"
#include "net/api/export_places.hpp"
#include "net/api/lane.hpp"
#include "net/api/readiness.hpp"
#include "net/api/responses.hpp"
#include "net/http/message.hpp"

#include <memory>
#include <optional>
#include <string>

namespace ringmaster::net::api {

/// The ids in the path; those that the route has not are 0.
struct route_ids {
  business_id business;
  lead_id lead;
  run_id run;
  job_id job;
  std::int64_t key = 0;
};

/// Work that outlives its handler: exports are made page by page in the bulk lane.
struct export_office {
  export_office(std::shared_ptr<lane> lane, int most) : bulk(std::move(lane)), places(most) {}

  const std::shared_ptr<lane> bulk;
  export_places places;
};

class event_desk;

struct api_request {
  const http_request& http;
  const std::string& request_id; ///< for log lines: "request=…"
  route_ids ids;
  caller who;
  time_point now;
  records& db;
  const api_config& config;
  const readiness_probe& ready;
  std::shared_ptr<spdlog::logger> log;
  std::shared_ptr<export_office> exports;
  const counters& count;
  event_desk& desk;

  /// Set by a handler whose answer holds a secret: what an Idempotency-Key gives the second time.
  std::optional<std::string> body_to_keep;
  /// The business of the path; read once.
  std::optional<business_record> known_business;

  /// For the audit, and for whatever comes of the request.
  doer acts() const { return {who.by, request_id}; }

  result<business_record> business() {
    if (known_business) return *known_business;
    auto found = db.business(ids.business);
    if (found) known_business = *found;
    return found;
  }
};

} // namespace ringmaster::net::api
