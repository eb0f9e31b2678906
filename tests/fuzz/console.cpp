// The console's socket: frames however they arrive, and the lines in them.
#include "net/console/commands.hpp"
#include "net/console/frame.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ringmaster;
using namespace ringmaster::net;
using namespace ringmaster::fuzz;

namespace {

constexpr std::size_t largest = 256;

std::vector<std::string> read(std::string_view bytes, std::size_t piece, bool& broken) {
  console::frame_reader reader(largest);
  std::vector<std::string> found;
  while (!bytes.empty()) {
    reader.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (auto one = reader.next()) {
      promise(!one->empty() && one->size() <= largest, "a frame within its limit");
      found.push_back(std::move(*one));
    }
    if ((broken = reader.broken())) break;
  }
  return found;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = text_of(data, size);
  bool broken = false, broken_too = false;
  const auto whole = read(bytes, bytes.size() + 1, broken), pieces = read(bytes, 3, broken_too);
  promise(whole == pieces && broken == broken_too, "the same frames however they arrive");
  if (!bytes.empty()) {
    console::frame_reader reader(bytes.size());
    reader.feed(console::frame_of(bytes));
    promise(reader.next() == std::string(bytes) && !reader.in_frame(), "a frame reads as written");
  }
  if (const auto words = console::split_words(bytes)) {
    if (const auto order = console::parse(*words))
      promise(order->what != nullptr && order->values.size() <= words->size(),
              "a command and no more than was said");
    console::complete(*words, words->empty() ? "" : words->back());
    console::help_on(words->empty() ? "" : words->front());
  }
  return 0;
}
