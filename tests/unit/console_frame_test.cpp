#include "net/console/frame.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster::net::console;

TEST_CASE("a frame is four bytes of length, big endian, and its payload") {
  CHECK(frame_of("{}") == std::string("\0\0\0\2{}", 6));
  CHECK(frame_of(std::string(258, 'x')).substr(0, 4) == std::string("\0\0\1\2", 4));
}

TEST_CASE("frames come whole, however their bytes come") {
  const auto bytes = frame_of("first") + frame_of("second");
  frame_reader reader{100};
  std::string seen;
  for (const char byte : bytes) {
    reader.feed({&byte, 1});
    while (auto payload = reader.next())
      seen += *payload + ";";
  }
  CHECK(seen == "first;second;");
  CHECK_FALSE(reader.in_frame());
  CHECK_FALSE(reader.broken());
}

TEST_CASE("two frames in one read are both given") {
  frame_reader reader{100};
  reader.feed(frame_of("a") + frame_of("b"));
  CHECK(reader.next() == "a");
  CHECK(reader.next() == "b");
  CHECK_FALSE(reader.next());
}

TEST_CASE("a frame that is too long, or empty, breaks the stream before its payload comes") {
  frame_reader reader{10};
  reader.feed(frame_of(std::string(10, 'x')));
  CHECK(reader.next());
  reader.feed(std::string("\0\0\0\x0b", 4));
  CHECK(reader.broken());
  CHECK_FALSE(reader.next());
  frame_reader empty{10};
  empty.feed(std::string(4, '\0'));
  CHECK(empty.broken());
}
