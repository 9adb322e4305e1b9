// Base64, digests, HMAC and random bytes.
//
// Functions are thread-safe; a digest object belongs to one thread at a time. The cryptographic
// library failing to work at all (no entropy, no SHA-256) ends the program: nothing could be
// signed.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/md5.h"
#include "core/result.h"

struct evp_md_ctx_st;

namespace dms {

// Standard alphabet, padded.
std::string base64_encode(std::string_view bytes);
// Errors: invalid_argument; the message does not show the text, which may be a key.
Result<std::string> base64_decode(std::string_view text);

// Lower-case hexadecimal.
std::string hex(std::string_view bytes);

// Raw 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view text);

// Takes as long for a difference in the first byte as for one in the last.
bool equal_in_constant_time(std::string_view a, std::string_view b);

std::string random_bytes(std::size_t count);
// A random (version 4) GUID in lower case: "6f9619ff-8b86-4011-b42d-00c04fc964ff".
std::string new_guid();

// A running SHA-256. Movable; a moved-from one may only be destroyed.
class Sha256 {
 public:
  Sha256();
  // A string literal would bring its final NUL along: pass a std::string_view of it.
  void update(std::span<const char> bytes);
  // The raw digest of everything since the beginning; starts again.
  std::string finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  void start();

  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string sha256_hex(std::string_view text);

}  // namespace dms
