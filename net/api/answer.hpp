// What a handler answers with: a response, the failure that stands for one, or a question to the
// dialling and what is to be done when that is answered.
#pragma once

#include "net/api/dialling.hpp"
#include "net/http/message.hpp"

#include <functional>
#include <utility>
#include <variant>

namespace ringmaster::net::api {

struct api_request;
class answer;

/// The rest of a handler's work: on a lane's thread again, with the request as it was, but for its
/// body, which is not kept meanwhile.
using next_step = std::function<answer(api_request&)>;

/// `ask` calls `go_on` once, on any thread, with the step that follows.
struct open_question {
  std::function<void(const dialling&, std::function<void(next_step)> go_on)> ask;
};

class answer {
public:
  answer(http_response response) : said_(std::move(response)) {}
  answer(failure why) : said_(std::move(why)) {}
  answer(open_question question) : said_(std::move(question)) {}

  const open_question* question() const { return std::get_if<open_question>(&said_); }
  /// Null when it is not a response.
  const http_response* response() const { return std::get_if<http_response>(&said_); }
  http_response* response() { return std::get_if<http_response>(&said_); }
  const failure* refusal() const { return std::get_if<failure>(&said_); }

private:
  std::variant<http_response, failure, open_question> said_;
};

/// Asks the dialling; `step(request, result<Answer>)` goes on with what it says.
template <class Answer, class Message, class Step>
answer after_asking(const Message& message, Step step) {
  return open_question{[message, step](const dialling& dial, std::function<void(next_step)> go_on) {
    dial.ask<Answer>(message, [step, go_on](const result<Answer>& said) {
      go_on([step, said](api_request& request) -> answer { return step(request, said); });
    });
  }};
}

} // namespace ringmaster::net::api
