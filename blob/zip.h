// Zip archives: a directory as one reproducible file, many archives as one, and what is in them.
//
// Free functions without shared state, safe from any thread as long as two calls do not write one
// archive. An archive appears under its name only when it is whole; a failed call leaves nothing.
//
// Archives come from anywhere, so whatever reads one holds it to its own word first: corrupt, with
// the entry's name, for what can be understood in two ways (headers that differ, two end records,
// entries that overlap), for what lies outside, and for sizes that the data cannot have.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.h"

namespace dms::blob {

// Each directory may hold a file of this name, in the grammar of gitignore(5); what it names is
// left out as git would leave it out. The file itself is an entry like others.
inline constexpr std::string_view ignore_file_name = ".dmsbatchignore";

struct ZipOptions {
  // Shell patterns ("*.dss", "output", "run?/tmp"); each is held against an entry's path below the
  // directory and against its last name, '*' crosses '/'. A pattern with '/' in front is held
  // against the path only. What matches is left out, a directory with all that is in it, whatever
  // an ignore file takes back.
  std::vector<std::string> exclude;
  int threads = 0;  // that compress; 0 for as many as the machine runs at once, at most 16
  std::stop_token stop;
};

struct ZipSummary {
  std::uint64_t files = 0;  // regular files and symbolic links
  std::uint64_t bytes = 0;  // of their contents, before compression
  // Hex SHA-256 over names, kinds, modes, sizes and contents in order: the identity of what was
  // zipped, the same whichever library compressed it.
  std::string sha256;
};

// Writes `archive` with all that is below `directory`: entries in byte order of their names,
// stamped 1980-01-01, with Unix modes, symbolic links as links, empty directories too. What is
// compressed already is stored. The same content gives the same bytes, however many threads work.
// The hash is of the bytes that went into the archive, even when a file changes meanwhile; of one
// that grows, the archive has what was there at first. Memory stays below 128 MiB.
// Errors: not_found or permission for what cannot be read; invalid_argument when `directory` is no
// directory, or holds a name that is not UTF-8, or a socket, pipe or device; conflict for a file
// that becomes something else meanwhile; exhausted; cancelled.
// Requires: `archive` is not below `directory`.
Result<ZipSummary> zip_directory(const std::filesystem::path& directory,
                                 const std::filesystem::path& archive,
                                 const ZipOptions& options = {});

// The summary that zip_directory would give, at the price of reading alone. Errors: the same.
Result<ZipSummary> hash_directory(const std::filesystem::path& directory,
                                  const ZipOptions& options = {});

// An archive to merge: a file, or its bytes.
struct ZipPart {
  std::string folder;  // "run_17", "a/b"; empty for the top
  std::variant<std::filesystem::path, std::string> archive;
};

// Writes `output` with the entries of all parts, each below its folder, in the order of the parts.
// Compressed data, modes and times are copied as they are. One part is open at a time, and memory
// holds of the others their entries' names and headers, about 300 bytes each.
// Errors: invalid_argument for a folder or an entry whose name leads out of its place on any system
// (absolute, "..", with '/' or '\', a drive) or is too long for one, for an encrypted entry, and
// for a name that comes twice; corrupt for a part that is no sound zip archive.
Status merge_zips(const std::filesystem::path& output, const std::vector<ZipPart>& parts);

struct ZipEntry {
  std::string name;  // ends with '/' for a directory
  std::uint64_t size_bytes = 0;
  std::uint64_t compressed_bytes = 0;
  std::uint32_t mode = 0;  // as st_mode; 0 when the archive was not made on Unix
  std::uint32_t crc32 = 0;
};

// The entries of an archive in the order in which they stand.
Result<std::vector<ZipEntry>> list_zip(const std::filesystem::path& archive);

// The content of one entry. Errors: not_found, corrupt, exhausted when it is over `limit_bytes`.
Result<std::string> read_entry(const std::filesystem::path& archive, std::string_view name,
                               std::uint64_t limit_bytes = 64 * 1024 * 1024);

struct UnpackOptions {
  std::uint64_t limit_bytes = std::uint64_t{1} << 40;  // of all files together, unpacked
  // How many times the archive's own size they may be. Looked at when they are over a GiB: less
  // does no harm.
  std::uint64_t limit_ratio = 200;
  std::stop_token stop;
};

// Unpacks an archive into `directory`, with Unix modes (files of archives that have none may be
// executed) and symbolic links. All names, kinds and sizes are looked at before the first byte is
// written. What was written before an error stays.
// Errors: invalid_argument for an entry that is absolute, holds "..", passes through a link, comes
// twice, is encrypted or no file, directory or link, for a name that leads out or is too long, and
// for a link that may lead out of the directory; corrupt; exhausted when the files are over a
// limit or the disk is full; cancelled; fail_errno's. Requires: the directory is empty and nobody
// else writes to it.
Status unpack_zip(const std::filesystem::path& archive, const std::filesystem::path& directory,
                  const UnpackOptions& options = {});

}  // namespace dms::blob
