#include "net/dashboard/dashboard.hpp"

#include "net/dashboard/page_files.hpp"

namespace ringmaster::net {

namespace {

/// Scripts, styles and connections of this server alone, nothing inline, nobody may frame it.
constexpr auto policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                        "connect-src 'self'; base-uri 'none'; form-action 'none'; "
                        "frame-ancestors 'none'";

const page_file* find(std::string_view path) {
  constexpr std::string_view folder = "/dashboard/";
  std::string_view name = "index.html";
  if (path != "/") {
    if (path.substr(0, folder.size()) != folder) return nullptr;
    name = path.substr(folder.size());
  }
  for (const auto& file : page_files())
    if (file.name == name) return &file;
  return nullptr;
}

bool takes_gzip(const http_request& request) {
  const auto* accepted = request.header("Accept-Encoding");
  return accepted != nullptr && accepted->find("gzip") != std::string::npos &&
         accepted->find("gzip;q=0") == std::string::npos;
}

bool knows(const http_request& request, const std::string& tag) {
  const auto* known = request.header("If-None-Match");
  return known != nullptr && known->find(tag) != std::string::npos;
}

} // namespace

std::optional<http_response> serve_dashboard(const http_request& request) {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  const auto* file = find(request.path());
  if (file == nullptr) return std::nullopt;
  http_response response;
  response.content_type = file->type;
  // Asked for each time and answered "unchanged": a new server's page is seen at once.
  response.headers = {{"Cache-Control", "no-cache"},
                      {"ETag", file->tag},
                      {"Vary", "Accept-Encoding"},
                      {"Content-Security-Policy", policy},
                      {"Referrer-Policy", "no-referrer"}};
  if (knows(request, file->tag)) {
    response.status = 304;
    response.content_type.clear();
    return response;
  }
  if (takes_gzip(request)) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = std::string(file->packed);
  } else {
    response.body = std::string(file->plain);
  }
  return response;
}

} // namespace ringmaster::net
