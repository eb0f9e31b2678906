// Bodies of the API: JSON, and the objects in it.
#include "net/api/csv_import.hpp"
#include "net/api/json_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ringmaster;
using namespace ringmaster::net;
using namespace ringmaster::fuzz;

namespace {

void read_object(const nlohmann::json& object) {
  api::object_reader reader(object);
  if (const auto name = reader.text("name", {20, 1, false}))
    promise(!name->empty() && name->find('\n') == std::string::npos, "one line, not empty");
  if (const auto count = reader.integer("count", 1, 100))
    promise(*count >= 1 && *count <= 100, "a number within its limits");
  reader.boolean("all");
  reader.clearable_text("notes", {100, 0, true});
  if (const auto* ids = reader.any("lead_ids")) {
    const auto read = api::read_ids(*ids, "lead_ids", 1'000);
    if (read)
      for (const auto id : *read)
        promise(id > 0, "ids are positive");
  }
  if (const auto refused = reader.refusal())
    promise(!refused->code.empty() && refused->message.size() < 10'000, "told, and briefly");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document = api::parse_json(text_of(data, size));
  if (!document) {
    promise(!document.error().message.empty(), "told what is wrong");
    return 0;
  }
  const auto again = api::parse_json(document->dump());
  promise(again && again->dump() == document->dump(), "what is read can be written and read again");
  if (document->is_object()) read_object(*document);
  if (document->is_array()) static_cast<void>(api::read_lead_array(*document, "US"));
  return 0;
}
