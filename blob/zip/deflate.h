// Content compressed as zip archives hold it. Private to blob/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

struct libdeflate_compressor;

namespace dms::blob {

// Compresses; the same content gives the same bytes. Belongs to one thread at a time.
class Deflater {
 public:
  // Errors: exhausted when there is no memory.
  static Result<Deflater> create();

  // A whole deflate stream of the content.
  Result<std::string> whole(std::string_view content);
  // A part of one: the next part, or at last a whole, follows it.
  Result<std::string> part(std::string_view content);

  using ReadAt = std::function<Result<std::string>(std::uint64_t offset, std::size_t length)>;
  // Whether compressing a file is in vain, told from its name and from a few places in it. False
  // for what is so short that trying costs little.
  Result<bool> is_in_vain(std::string_view name, std::uint64_t size_bytes, const ReadAt& read_at);

 private:
  struct Free {
    void operator()(libdeflate_compressor* compressor) const;
  };
  using Compressor = std::unique_ptr<libdeflate_compressor, Free>;

  Deflater(Compressor thorough, Compressor quick)
      : thorough_(std::move(thorough)), quick_(std::move(quick)) {}
  Result<std::size_t> compress(const Compressor& compressor, std::string_view content);

  Compressor thorough_;
  Compressor quick_;
  std::vector<char> buffer_;
};

std::uint32_t crc32_of(std::string_view bytes, std::uint32_t before = 0);

}  // namespace dms::blob
