// Keys: of a business (/api/v1/businesses/{business_id}/keys) and of the whole server
// (/api/v1/keys). What is the key's text is shown once and kept nowhere.
#include "net/api/handlers.hpp"
#include "net/api/json_reader.hpp"
#include "net/api/query_reader.hpp"
#include "net/api/rfc3339.hpp"
#include "net/api/secrets.hpp"
#include "net/api/text.hpp"
#include "net/api/views.hpp"

namespace ringmaster::net::api {
namespace {

constexpr text_rule key_name_rule{100, 1, false};
constexpr text_rule word_rule{40, 1, false};
constexpr std::int64_t usual_overlap_s = 24 * 60 * 60, longest_overlap_s = 30 * usual_overlap_s;

/// A time to come; null and absent: none.
std::optional<time_point> read_expiry(object_reader& in, time_point now) {
  const auto text = in.text("expires_at", word_rule);
  if (!text) return std::nullopt;
  const auto at = parse_time(*text);
  if (!at)
    in.refuse("invalid_time", "expires_at must be a time such as 2026-01-31T09:00:00Z",
              "expires_at");
  else if (*at <= now)
    in.refuse("out_of_range", "expires_at lies in the past: to end a key now, delete it",
              "expires_at");
  return at;
}

/// A name of more than blanks.
std::string read_name(object_reader& in, const std::string& text) {
  auto name = trimmed(text);
  if (name.empty() && !text.empty()) in.refuse("invalid_text", "name is empty", "name");
  return name;
}

key_role read_role(object_reader& in) {
  const auto text = in.required_text("role", word_rule);
  const auto role = key_role_from(text);
  if (!role && !text.empty())
    in.refuse("out_of_range", "role must be one of: read, operate, admin", "role");
  return role.value_or(key_role::read);
}

/// Shows the key's text, and keeps for an Idempotency-Key an answer without it.
answer show_secret(api_request& request, json_out shown, const std::string& secret) {
  shown["api_key"] = nullptr;
  shown["api_key_note"] = "the key was shown with the first answer and is not kept";
  request.body_to_keep = json_response(201, shown).body;
  shown["api_key"] = secret;
  shown["api_key_note"] = "keep it: it is shown this once";
  return json_response(201, shown);
}

} // namespace

answer list_keys(api_request& request) {
  query_reader in(request.http.query());
  const auto page = in.page();
  if (auto why = in.refusal()) return *why;
  auto found = request.db.keys(request.ids.business, page.limit, page.cursor);
  if (!found) return found.error();
  return json_response(200, page_view(*found));
}

answer get_key(api_request& request) {
  const auto found = request.db.key(request.ids.business, request.ids.key);
  if (!found) return found.error();
  return json_response(200, view(*found));
}

answer create_key(api_request& request) {
  auto body = parse_json(request.http.body);
  if (!body) return body.error();
  object_reader in(*body);
  new_key wanted;
  wanted.name = read_name(in, in.required_text("name", key_name_rule));
  wanted.role = read_role(in);
  wanted.expires_at = read_expiry(in, request.now);
  if (auto why = in.refusal()) return *why;
  const auto secret = new_api_key();
  if (!secret) return secret.error();
  wanted.sha256 = sha256(*secret);
  const auto made = request.db.create_key(request.ids.business, wanted, request.now);
  if (!made) return made.error();
  return show_secret(request, view(*made), *secret);
}

answer change_key(api_request& request) {
  auto body = parse_json(request.http.body);
  if (!body) return body.error();
  object_reader in(*body);
  key_change change;
  if (const auto name = in.text("name", key_name_rule)) change.name = read_name(in, *name);
  if (in.any("expires_at") != nullptr) change.expires_at = read_expiry(in, request.now);
  if (auto why = in.refusal()) return *why;
  const auto changed = request.db.change_key(request.ids.business, request.ids.key, change);
  if (!changed) return changed.error();
  return json_response(200, view(*changed));
}

answer rotate_key(api_request& request) {
  auto body = parse_json(request.http.body);
  if (!body) return body.error();
  object_reader in(*body);
  key_rotation wanted;
  const auto overlap = in.integer("overlap_s", 0, longest_overlap_s).value_or(usual_overlap_s);
  wanted.old_until = request.now + seconds{overlap};
  wanted.expires_at = read_expiry(in, request.now);
  if (auto why = in.refusal()) return *why;
  const auto secret = new_api_key();
  if (!secret) return secret.error();
  wanted.sha256 = sha256(*secret);
  const auto pair =
      request.db.rotate_key(request.ids.business, request.ids.key, wanted, request.now);
  if (!pair) return pair.error();
  auto shown = view(pair->made);
  shown["replaces"] = view(pair->old);
  return show_secret(request, std::move(shown), *secret);
}

answer revoke_key(api_request& request) {
  const auto gone = request.db.revoke_key(request.ids.business, request.ids.key, request.now);
  if (!gone) return gone.error();
  http_response response;
  response.status = 204;
  return response;
}

} // namespace ringmaster::net::api
