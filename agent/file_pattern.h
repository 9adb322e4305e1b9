// The patterns of output files, and the names of the blobs that come of them.
//
// Source: OutputFile of the Batch REST reference. * and ? stay within a name; ** as a whole part of
// the path stands for any number of directories, and at its end for every file below; "**.txt"
// means
// "**/*.txt". [abc], [a-c] and [!abc] match one character, so that [*] is a plain star. A name that
// starts with "." is matched only by a pattern that does.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace dms::agent {

// Whether a name (without '/') matches one part of a pattern.
bool matches_name(std::string_view pattern, std::string_view name);

class FilePattern {
 public:
  // `text` with its variables already expanded; relative to a task's working directory, or
  // absolute.
  explicit FilePattern(std::string_view text);

  // Whether it can match more than one file.
  bool has_wildcard() const { return fixed_parts_ < parts_.size(); }

  // The plain files below `directory` that match, as paths such as the pattern's own ("../a.txt"),
  // sorted. Links to directories are followed by fixed parts only. A stop request makes it end
  // soon, with some of them.
  std::vector<std::string> find_files(const std::string& directory,
                                      const std::stop_token& stop = {}) const;

  // The blob for a file that matched. `destination` names the blob itself when the pattern has no
  // wildcard, else it is put before what follows the pattern's fixed part.
  std::string blob_name(std::string_view path, std::string_view destination) const;

 private:
  bool absolute_ = false;
  std::vector<std::string> parts_;
  std::size_t fixed_parts_ = 0;  // how many parts at the head have no wildcard
};

}  // namespace dms::agent
