// Holds what arrives to the length and the MD5 that the answer's head names. Private to blob/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "blob/azure_blob.h"
#include "core/crypto.h"
#include "core/http.h"
#include "core/result.h"

namespace dms::blob {

// A Content-Length; nothing when there is none or it is no number.
std::optional<std::uint64_t> content_length(const Headers& headers);
// What a 206 says of the whole: 100 of "bytes 0-7/100".
std::optional<std::uint64_t> whole_length(const Headers& headers);

class CheckedSink : public BodySink {
 public:
  explicit CheckedSink(ContentMd5 content_md5 = ContentMd5::checked) : content_md5_(content_md5) {}
  Status begin(int status, const Headers& headers) override;
  Status write(std::span<const char> bytes) override;

  // Errors: corrupt.
  Status check();

 protected:
  // Starts from the first byte.
  virtual Status restart(std::uint64_t announced_bytes) = 0;
  virtual Status keep(std::span<const char> bytes) = 0;

 private:
  const ContentMd5 content_md5_;
  std::uint64_t received_bytes_ = 0;
  std::optional<std::uint64_t> expected_bytes_;
  std::string expected_md5_;  // Base64; empty: none is named
  Md5 md5_;
};

}  // namespace dms::blob
