// dmsnode unzip: unpacks inputs, and nothing that an archive has no business to do.
#pragma once

#include <cstdint>
#include <string>

#include "node/status.h"

namespace dms::node {

enum class Afterwards { keep_archive, delete_archive };

struct UnzipOptions {
  std::string archive;
  std::string into = ".";
  Afterwards afterwards = Afterwards::keep_archive;
  std::uint64_t max_bytes = std::uint64_t{1} << 40;  // of all files together, unpacked
};

// Unpacks a zip archive into a directory, which is created with its parents. Modes and modification
// times are kept, files in the way are replaced. Names, links and sizes of all entries are checked
// before the first byte is written: absolute names, "..", entries through links, links that lead
// out of the directory, encrypted and special files are refused. Checksums are checked while
// unpacking; the file that fails is removed, those before it stay. The archive is deleted, if asked
// for, after success only. Changes the current directory to `into`. One thread. Errors:
// bad_archive, which names the entry; io_error.
Status unzip(const UnzipOptions& options);

}  // namespace dms::node
