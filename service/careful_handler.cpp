#include "service/careful_handler.h"

#include <exception>
#include <string>
#include <utility>

#include "core/log.h"
#include "service/http_head.h"

namespace dms::service {
namespace {

// What the work gives, or `otherwise` when it throws: nothing passes to the threads of the pool.
template <class Work, class Otherwise>
std::invoke_result_t<Work> guarded(Work&& work, Otherwise&& otherwise) {
  try {
    return work();
  } catch (const std::exception& thrown) {
    log_error(std::string("a handler of the service failed: ") + thrown.what());
    return otherwise();
  }
}

Answer internal_error() { return plain_answer(500, "the service failed"); }

ReadyAnswer ready(std::string_view method, Answer answer) {
  if (answer.files.empty() || method == "HEAD" || !may_have_body(answer.status))
    return {std::move(answer), {}};
  auto files = AnswerFiles::open(answer.files);
  if (files) return {std::move(answer), *std::move(files)};
  log_error("cannot send a file: " + files.error().message);
  if (files.error().code != Code::exhausted) return {internal_error(), {}};
  Answer later = plain_answer(503, "the service has no descriptors left");
  later.headers.add("Retry-After", "1");
  return {std::move(later), {}};
}

}  // namespace

BodyPlan CarefulHandler::plan(const Request& head) const {
  return guarded([&] { return handler_.plan(head); },
                 [] {
                   BodyPlan failed;
                   failed.refusal = std::make_unique<Answer>(internal_error());
                   return failed;
                 });
}

ReadyAnswer CarefulHandler::refuse(const Request& head, Answer refusal) const {
  return ready(head.method, std::move(refusal));
}

ReadyAnswer CarefulHandler::handle(const Request& request, std::unique_ptr<Upload> upload) const {
  return ready(request.method, guarded([&] { return handler_.handle(request, std::move(upload)); },
                                       internal_error));
}

ReadyAnswer CarefulHandler::too_large(const Request& head) const {
  return ready(head.method, guarded([&] { return handler_.too_large(head); }, internal_error));
}

Status CarefulHandler::write(Upload& upload, std::span<const char> bytes) {
  return guarded([&] { return upload.write(bytes); },
                 []() -> Status { return fail(Code::internal, "it failed"); });
}

Answer CarefulHandler::upload_failed(const Request& head, const Error& error) const {
  return guarded([&] { return handler_.upload_failed(head, error); }, internal_error);
}

}  // namespace dms::service
