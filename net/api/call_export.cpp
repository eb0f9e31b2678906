#include "net/api/call_export.hpp"

#include "net/api/csv_reader.hpp"
#include "net/api/rfc3339.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster::net::api {
namespace {

constexpr std::int32_t page_rows = 1000;

/// One of the places for open exports, held as long as this lives.
class export_place {
public:
  export_place(std::shared_ptr<export_office> office, business_id business)
      : office_(std::move(office)), business_(business), taken_(office_->places.enter(business)) {}
  ~export_place() {
    if (taken_) office_->places.leave(business_);
  }
  export_place(const export_place&) = delete;
  export_place& operator=(const export_place&) = delete;

  bool taken() const { return taken_; }
  lane& bulk() { return *office_->bulk; }

private:
  std::shared_ptr<export_office> office_;
  const business_id business_;
  const bool taken_;
};

std::string text_of(const std::optional<time_point>& at) {
  return at ? format_time(*at) : "";
}

std::string as_csv(const page<call_record>& found) {
  std::string text;
  for (const auto& call : found.items)
    append_csv_row(text,
                   {std::to_string(call.job.value), std::to_string(call.attempt),
                    call.run ? std::to_string(call.run.value) : "", std::to_string(call.lead.value),
                    call.phone.value, call.sid.value, call.status,
                    call.outcome ? std::string(to_string(*call.outcome)) : "",
                    format_time(call.started_at), text_of(call.answered_at), text_of(call.ended_at),
                    call.duration_s ? std::to_string(*call.duration_s) : "", call.error});
  return text;
}

std::string csv_header() {
  std::string text;
  append_csv_row(text,
                 {"job_id", "attempt", "run_id", "lead_id", "phone_e164", "call_sid", "status",
                  "outcome", "started_at", "answered_at", "ended_at", "duration_s", "error"});
  return text;
}

class call_export : public chunk_source, public std::enable_shared_from_this<call_export> {
public:
  call_export(std::unique_ptr<export_place> place, business_id business, call_filter filter,
              const page<call_record>& first, std::shared_ptr<spdlog::logger> log)
      : place_(std::move(place)), business_(business), filter_(std::move(filter)),
        log_(std::move(log)), next_(csv_header() + as_csv(first)), cursor_(first.next_cursor) {}

  void pull(std::function<void(std::optional<std::string>)> ready) override {
    if (next_) {
      auto chunk = std::move(next_);
      next_.reset();
      return ready(std::move(chunk));
    }
    if (cursor_.empty()) return ready(std::nullopt);
    auto self = shared_from_this();
    place_->bulk().go_on({[self, ready](worker& mine) { self->make_page(mine, ready); },
                          [self, ready](const failure& why) { self->end_broken(why, ready); }, 0,
                          business_});
  }

  bool broken() const override { return broken_; }

private:
  using ready_fn = std::function<void(std::optional<std::string>)>;

  void make_page(worker& mine, const ready_fn& ready) {
    auto found = mine.db.calls(business_, filter_, page_rows, cursor_);
    if (!found) return end_broken(found.error(), ready);
    cursor_ = found->next_cursor;
    if (found->items.empty()) return ready(std::nullopt);
    ready(as_csv(*found));
  }

  void end_broken(const failure& why, const ready_fn& ready) {
    log_->warn("[Api] an export of business={} ends early: {}", business_.value, why.message);
    broken_ = true;
    ready(std::nullopt);
  }

  std::unique_ptr<export_place> place_;
  const business_id business_;
  const call_filter filter_;
  std::shared_ptr<spdlog::logger> log_;
  // One pull at a time, so these need no lock; `broken` is asked on the server's thread.
  std::optional<std::string> next_;
  std::string cursor_;
  std::atomic<bool> broken_{false};
};

} // namespace

answer export_calls(api_request& request, const call_filter& filter, const std::string& cursor) {
  auto place = std::make_unique<export_place>(request.exports, request.ids.business);
  if (!place->taken())
    return failure{failure_kind::unavailable, "too_many_exports",
                   "too many exports are being made; ask again when one has ended", ""};
  auto first = request.db.calls(request.ids.business, filter, page_rows, cursor);
  if (!first) return first.error();
  http_response response;
  response.content_type = "text/csv; charset=utf-8";
  response.headers.emplace_back("Content-Disposition", "attachment; filename=\"calls.csv\"");
  response.stream = std::make_shared<call_export>(std::move(place), request.ids.business, filter,
                                                  *first, request.log);
  return response;
}

} // namespace ringmaster::net::api
