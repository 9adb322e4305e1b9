// Finds what goes into an archive: glob patterns, relative to the current directory, become a
// sorted list of files. Nothing is opened or read here but directories.
//
//   pattern         meaning
//   out.txt         that file; a name that exists is taken as it stands, brackets and all
//   results         a directory: everything below it, hidden and empty directories too
//   run*/o?.[ct]sv  wildcards within one part of the path; hidden names only when spelled (".*")
//   **/log.txt      at any depth, here too; hidden directories and links are not entered
//   out/**          every file below out that is not hidden
//   .               everything here
//
// One thread; the directory should not change meanwhile, and what vanishes is not packed.
#pragma once

#include <sys/stat.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "node/file.h"
#include "node/status.h"

namespace dms::node {

struct Item {
  enum class Kind { file, directory, link };
  Kind kind = Kind::file;
  std::string path;         // where it is read from, relative to the current directory
  std::string link_target;  // of a link
  struct stat facts = {};   // of the thing itself; of what a followed link leads to
};

// By the name in the archive, in the order of their bytes, so that a directory precedes its
// content.
using Items = std::map<std::string, Item, std::less<>>;

class Collector {
 public:
  // What is never packed, whatever its name: the archive itself.
  explicit Collector(std::vector<FileId> excluded) : excluded_(std::move(excluded)) {}

  // Adds what the pattern matches; a pattern without a match is kept in problems().
  // Errors: usage for an absolute pattern or one with "..", io_error for an unreadable directory.
  Status add_pattern(const std::string& pattern);

  // Adds the file at `path`, from anywhere, as `name`, in place of what had that name. An absent
  // file is no error. Errors: usage for a bad name, io_error for what is not a file.
  Status add_also(const std::string& name, const std::string& path);

  // Decides what becomes of each link; call once, after all additions. A link that leads to
  // something in the archive stays a link. Any other becomes the file that it leads to, so that no
  // result is lost; one that leads to a directory outside the archive is a problem.
  Status settle_links();

  Items take_items() { return std::move(items_); }

  // What the user asked for and the archive will not hold: one sentence each.
  const std::vector<std::string>& problems() const { return problems_; }
  // What was passed over and is no loss: one sentence each.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  using Parts = std::vector<std::string>;
  // Whether a directory that matched stands for everything below it.
  enum class Below { everything, nothing };

  Status expand(const std::string& base, const Parts& parts, std::size_t index);
  Status expand_literal(const std::string& base, const Parts& parts, std::size_t index);
  Status expand_wildcards(const std::string& base, const Parts& parts, std::size_t index);
  Status expand_any_depth(const std::string& base, const Parts& parts, std::size_t index);
  bool is_excluded(const struct stat& facts) const;
  Status add(const std::string& path, Below below);
  Status add_all_below(const std::string& directory);
  Status settle(const std::string& name, Item& link, bool& keep);

  std::vector<FileId> excluded_;
  Items items_;
  std::size_t matches_ = 0;  // of the pattern at hand
  std::vector<std::string> problems_;
  std::vector<std::string> notes_;
};

}  // namespace dms::node
