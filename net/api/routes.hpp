// The one table of routes: what is served, by whom it may be asked, how large its body may be.
#pragma once

#include "net/api/node_view.hpp"
#include "net/api/request.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ringmaster::net::api {

enum class lane_kind {
  at_once, ///< answered on the server's thread: touches neither database nor dialling
  probe,   ///< /readyz: waits for the watch over the database, never behind other requests
  quick,
  bulk
};

struct route {
  std::string method;
  /// Segments in braces are ids: {business_id}, {lead_id}, {run_id}, {job_id}, {key_id}.
  std::string pattern;
  access needs = access::nobody;
  lane_kind where = lane_kind::quick;
  std::size_t body_bytes = 0;                                  ///< 0: it takes no body
  answer (*handle)(api_request&) = nullptr;                    ///< of quick and bulk ones
  http_response (*handle_at_once)(const node_view&) = nullptr; ///< set instead with `at_once`
  bool reads_query = false; ///< its handler reads the URL's query; elsewhere one is refused
};

const std::vector<route>& routes();

struct route_match {
  const route* found = nullptr;
  route_ids ids;
  std::string allow; ///< when the path is known and the method is not: the methods, for Allow
};

/// `path` still encoded, without the query. An id is digits without a leading zero, from 1 up to
/// the largest 64-bit integer; anything else is an unknown path.
route_match match_route(std::string_view method, std::string_view path);

/// Where a request is served: exports and large bodies go to the bulk lane whatever the table says.
lane_kind lane_of(const route& which, const http_request& request);

/// For the server: how large the body of this request may be.
std::size_t body_limit_of(const http_request& head);

/// Whether the client asks for CSV (Accept).
bool wants_csv(const http_request& request);
/// Whether the body is CSV (Content-Type).
bool holds_csv(const http_request& request);

} // namespace ringmaster::net::api
