// One HTTP exchange as the service's handlers see it: what the front brings, and what it takes
// back.
//
// Handlers are called from several threads at once, one call per request, and may block.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/file.h"
#include "core/http.h"
#include "core/result.h"

namespace dms::service {

// A piece of a file that is sent as part of an answer's body.
struct FileRange {
  std::filesystem::path path;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  // The file, when it is open already; the path then only names it.
  std::shared_ptr<const UniqueFd> fd = {};
};

struct Answer {
  int status = 200;
  Headers headers;
  std::string body;  // sent first
  std::vector<FileRange>
      files;  // sent after `body`, read as they are sent; opened before the head is
  // The Content-Length that the answer to a HEAD names, since it has no body.
  std::uint64_t head_length = 0;
};

// Takes a request's body piece by piece instead of memory. Destroyed without finishing when the
// client went away: it then leaves nothing behind.
class Upload {
 public:
  virtual ~Upload() = default;
  virtual Status write(std::span<const char> bytes) = 0;
};

// What becomes of a request's body, decided from its head.
struct BodyPlan {
  std::uint64_t memory_limit = 0;   // for a body kept in Request::body; larger: 413 by `too_large`
  std::unique_ptr<Upload> upload;   // when set, the body goes there, however large
  std::unique_ptr<Answer> refusal;  // when set, sent at once, the body is not read
};

// Answers the requests of one endpoint. The Request's url.path and url.query are as on the wire.
class Handler {
 public:
  virtual ~Handler() = default;
  // Called with the head only (body empty). Must not change state.
  virtual BodyPlan plan(const Request& head) = 0;
  // Called once the body is whole; `upload` is the one that plan() gave, or null.
  virtual Answer handle(const Request& request, std::unique_ptr<Upload> upload) = 0;
  // The answer to a body over the plan's limit.
  virtual Answer too_large(const Request& head) = 0;
  // The answer when the plan's upload could not take the body.
  virtual Answer upload_failed(const Request& head, const Error& error) = 0;
};

}  // namespace dms::service
