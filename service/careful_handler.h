// A Handler as the front calls it: one that cannot fail. Called on the threads of the pool.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "service/answer_files.h"
#include "service/exchange.h"

namespace dms::service {

// An answer whose files are open, so that nothing but the connection can fail any more.
struct ReadyAnswer {
  Answer answer;
  AnswerFiles files;
};

// Whether an answer of this status has a body, and so a length.
inline bool may_have_body(int status) { return status != 204 && status != 304; }

// What a handler throws is logged and becomes a plain 500. So does an answer whose files cannot be
// opened, but for want of descriptors: that is a 503, to be tried again in a second.
class CarefulHandler {
 public:
  // Requires: `handler` outlives this.
  explicit CarefulHandler(Handler& handler) : handler_(handler) {}

  BodyPlan plan(const Request& head) const;
  ReadyAnswer refuse(const Request& head, Answer refusal) const;
  ReadyAnswer handle(const Request& request, std::unique_ptr<Upload> upload) const;
  ReadyAnswer too_large(const Request& head) const;
  // Errors: Upload's; internal when it throws.
  static Status write(Upload& upload, std::span<const char> bytes);
  Answer upload_failed(const Request& head, const Error& error) const;

 private:
  Handler& handler_;
};

}  // namespace dms::service
