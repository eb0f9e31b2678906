#include "net/api/node_view.hpp"

#include "net/api/metrics.hpp"
#include "net/api/openapi.hpp"
#include "net/api/responses.hpp"

#include <string>

namespace ringmaster::net::api {

http_response say_alive(const node_view&) {
  return json_response(200, {{"alive", true}});
}

http_response show_metrics(const node_view& node) {
  http_response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = metrics_text(node);
  return response;
}

http_response show_openapi(const node_view&) {
  http_response response;
  response.content_type = "application/json; charset=utf-8";
  response.body = std::string(openapi_document());
  return response;
}

http_response show_front_page(const node_view&) {
  http_response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                  "<title>Ringmaster</title></head>\n<body><h1>Ringmaster</h1>\n"
                  "<p>Places bulk outbound phone calls for many businesses, never more live calls "
                  "per business than it has slots.</p>\n"
                  "<ul><li><a href=\"/api/openapi.json\">The API</a> (OpenAPI 3.1)</li>\n"
                  "<li><a href=\"/healthz\">Alive?</a> <a href=\"/readyz\">Ready?</a> "
                  "<a href=\"/metrics\">Metrics</a></li></ul></body></html>\n";
  return response;
}

} // namespace ringmaster::net::api
