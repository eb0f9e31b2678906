// Who changed what: of one business, or of all.
#include "net/api/handlers.hpp"
#include "net/api/query_reader.hpp"
#include "net/api/views.hpp"

namespace ringmaster::net::api {

answer list_audit(api_request& request) {
  query_reader in(request.http.query());
  const auto page = in.page();
  if (auto why = in.refusal()) return *why;
  auto found = request.db.audit(request.ids.business, page.limit, page.cursor);
  if (!found) return found.error();
  return json_response(200, page_view(*found));
}

} // namespace ringmaster::net::api
