// Businesses: /api/v1/businesses and /api/v1/businesses/{business_id}.
#include "net/api/handlers.hpp"
#include "net/api/json_reader.hpp"
#include "net/api/phone.hpp"
#include "net/api/query_reader.hpp"
#include "net/api/script_input.hpp"
#include "net/api/secrets.hpp"
#include "net/api/text.hpp"
#include "net/api/time_zone.hpp"
#include "net/api/views.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster::net::api {
namespace {

constexpr text_rule business_name_rule{200, 1, false};
constexpr text_rule phone_rule{64, 1, false};
constexpr text_rule zone_rule{64, 1, false};
constexpr text_rule region_rule{2, 2, false};

/// The fields that creating and changing share. Optional there, so optional here.
business_change read_settings(object_reader& in) {
  business_change change;
  if (const auto slots = in.integer("max_outbound_calls", 0, 100))
    change.max_outbound_calls = static_cast<std::int32_t>(*slots);
  change.time_zone = in.text("time_zone", zone_rule);
  if (change.time_zone && !is_time_zone(*change.time_zone))
    in.refuse("invalid_time_zone",
              "time_zone must be an IANA name such as \"Asia/Jerusalem\" or \"UTC\"", "time_zone");
  change.region = in.text("region", region_rule);
  if (change.region && !is_known_region(*change.region))
    in.refuse("invalid_region", "region must be an ISO 3166 code such as \"IL\" or \"US\"",
              "region");
  if (const auto ring = in.integer("ring_timeout_s", 5, 600))
    change.ring_timeout_s = static_cast<std::int32_t>(*ring);
  change.redial_in_doubt = in.boolean("redial_in_doubt");
  return change;
}

/// null removes the default script.
std::optional<failure> read_default_script(object_reader& in, business_change& change) {
  const auto* script = in.any("default_script");
  if (script == nullptr) return std::nullopt;
  if (script->is_null()) {
    change.default_script = "";
    return std::nullopt;
  }
  auto read = read_script(*script, "default_script");
  if (!read) return read.error();
  change.default_script = *read;
  return std::nullopt;
}

business_record new_business(const std::string& name, const phone_number& phone,
                             const business_change& settings) {
  const business_record defaults;
  const auto home = region_of(phone);
  business_record wanted;
  wanted.name = name;
  wanted.phone = phone;
  wanted.max_outbound_calls = settings.max_outbound_calls.value_or(defaults.max_outbound_calls);
  wanted.time_zone = settings.time_zone.value_or("UTC");
  wanted.region = settings.region.value_or(home.empty() ? "US" : home);
  wanted.default_script = settings.default_script.value_or("");
  wanted.ring_timeout_s = settings.ring_timeout_s.value_or(defaults.ring_timeout_s);
  wanted.redial_in_doubt = settings.redial_in_doubt.value_or(defaults.redial_in_doubt);
  return wanted;
}

} // namespace

answer create_business(api_request& request) {
  auto body = parse_json(request.http.body);
  if (!body) return body.error();
  object_reader in(*body);
  const auto name = trimmed(in.required_text("name", business_name_rule));
  const auto phone_text = in.required_text("phone_e164", phone_rule);
  auto settings = read_settings(in);
  if (auto why = read_default_script(in, settings)) return *why;
  if (auto why = in.refusal()) return *why;
  if (name.empty()) return failure{failure_kind::invalid, "invalid_text", "name is empty", "name"};
  auto phone = normalise_phone(phone_text, settings.region.value_or(""));
  if (!phone) return phone.error();

  const auto key = new_api_key();
  if (!key) return key.error();
  auto made =
      request.db.create_business(new_business(name, *phone, settings), sha256(*key), request.now);
  if (!made) return made.error();

  auto shown = view(*made);
  shown["api_key"] = nullptr;
  shown["api_key_note"] = "the key was shown with the first answer and is not kept";
  request.body_to_keep = json_response(201, shown).body;
  shown["api_key"] = *key;
  shown["api_key_note"] = "keep it: it is shown this once";
  return json_response(201, shown);
}

answer list_businesses(api_request& request) {
  query_reader in(request.http.query());
  const auto search = in.text("search", 100);
  const auto page = in.page();
  if (auto why = in.refusal()) return *why;
  auto found = request.db.businesses(search, page.limit, page.cursor);
  if (!found) return found.error();
  return json_response(200, page_view(*found));
}

answer get_business(api_request& request) {
  auto found = request.business();
  if (!found) return found.error();
  return json_response(200, view(*found));
}

answer change_business(api_request& request) {
  auto body = parse_json(request.http.body);
  if (!body) return body.error();
  object_reader in(*body);
  auto change = read_settings(in);
  if (const auto name = in.text("name", business_name_rule)) change.name = trimmed(*name);
  const auto phone_text = in.text("phone_e164", phone_rule);
  change.suspended = in.boolean("suspended");
  if (auto why = read_default_script(in, change)) return *why;
  if (auto why = in.refusal()) return *why;
  if (change.name && change.name->empty())
    return failure{failure_kind::invalid, "invalid_text", "name is empty", "name"};
  if (change.suspended && !request.who.is_admin())
    return failure{failure_kind::forbidden, "admin_only",
                   "only an admin can suspend a business or lift it", "suspended"};
  if (phone_text) {
    auto business = request.business();
    if (!business) return business.error();
    auto phone = normalise_phone(*phone_text, change.region.value_or(business->region));
    if (!phone) return phone.error();
    change.phone = *phone;
  }
  auto changed = request.db.change_business(request.ids.business, change);
  if (!changed) return changed.error();
  // The change is committed. A supervisor that can't be reached now reads it when it comes up
  // again.
  return after_asking<acknowledged>(
      settings_changed{request.ids.business},
      [changed = *changed](api_request& request, const result<acknowledged>& told) -> answer {
        if (!told)
          request.log->warn(
              "[Api] the dialling of business={} has not confirmed its new settings: {}",
              request.ids.business.value, told.error().message);
        return json_response(200, view(changed));
      });
}

} // namespace ringmaster::net::api
