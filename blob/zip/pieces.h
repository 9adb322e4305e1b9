// The contents of a tree in pieces: the unit of reading, hashing and compressing. A file up to
// piece_bytes is one piece, a larger one several. Private to blob/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "blob/zip/deflate.h"
#include "blob/zip/format.h"
#include "blob/zip/tree.h"
#include "core/crypto.h"
#include "core/file.h"
#include "core/result.h"

namespace dms::blob {

// Larger ones would compress hardly better; memory is a few of them for each thread.
inline constexpr std::size_t piece_bytes = std::size_t{2} << 20;

// What is done with the contents: an archive, or only its identity.
enum class ZipWork { compress, hash };

struct Piece {
  std::size_t entry = 0;  // its place in the tree
  bool first = true;      // of its entry
  bool last = true;
  std::string data;  // what was read; then what stands in the archive
  ZipMethod method = ZipMethod::stored;
  std::uint64_t size_bytes = 0;  // of what was read
  // Of the entry's whole content; in its last piece.
  std::uint32_t crc32 = 0;
  std::string sha256;  // raw; empty for a directory
  std::optional<Error> error;

  bool whole() const { return first && last; }
};

// Hands out the pieces in the order of the tree. What comes of several pieces is read and hashed
// here, in its order; the rest is left to `finish_piece`. Belongs to one thread at a time.
class PieceReader {
 public:
  // Requires: `tree` outlives this.
  PieceReader(const std::vector<TreeEntry>& tree, ZipWork work) : tree_(tree), work_(work) {}

  // Nothing behind the last. A piece with an error ends them.
  std::optional<Piece> next();

 private:
  struct OpenFile {
    UniqueFd fd;
    std::uint64_t offset = 0;
    ZipMethod method = ZipMethod::deflated;
    Sha256 sha256;
    std::uint32_t crc32 = 0;
  };
  Status start(const TreeEntry& entry);
  Status read(const TreeEntry& entry, Piece& piece);

  const std::vector<TreeEntry>& tree_;
  const ZipWork work_;
  std::size_t next_ = 0;
  std::optional<OpenFile> file_;  // of several pieces, not yet all read
};

// Does what is left of the work: reads and hashes what is whole, compresses. Safe from several
// threads with a Deflater each.
void finish_piece(Piece& piece, const TreeEntry& entry, ZipWork work, Deflater& deflater);

}  // namespace dms::blob
