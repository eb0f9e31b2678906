#include "net/http/read_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace ringmaster::net {

read_buffer::read_buffer(std::size_t most)
    : most_(most), size_(std::min(least, most)), bytes_(new char[size_]) {}

std::pair<char*, std::size_t> read_buffer::room() {
  if (filled_ && size_ < most_) {
    resize(std::min(2 * size_, most_));
  } else if (begin_ > 0) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  return {bytes_.get() + end_, size_ - end_};
}

void read_buffer::put(std::size_t size) {
  end_ += size;
  filled_ = end_ == size_;
}

void read_buffer::shrink() {
  begin_ = end_ = 0;
  filled_ = false;
  if (size_ > std::min(least, most_)) resize(std::min(least, most_));
}

void read_buffer::resize(std::size_t size) {
  std::unique_ptr<char[]> other(new char[size]);
  std::memcpy(other.get(), bytes_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  bytes_ = std::move(other);
  size_ = size;
  filled_ = false;
}

} // namespace ringmaster::net
