// How dmsnode tells success from failure: an exit code and the sentence for the user.
//
// dmsnode is a leaf program that shares nothing with the rest of the tree, so that it stays small
// and its version travels alone; this is its own, smaller Result.
#pragma once

#include <string>
#include <utility>

namespace dms::node {

// The exit codes, as in sysexits.h where a word fits.
enum class Exit {
  ok = 0,
  usage = 64,           // the command line is wrong
  bad_archive = 65,     // the archive is damaged, too large, or holds what must not be unpacked;
                        // or a template cannot be filled in
  missing_output = 66,  // a pattern matched nothing, or what it matched cannot be packed
  unavailable = 69,     // a program of the node that is needed is not there, or not known
  io_error = 74,        // the disk or the file system said no
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Exit exit, std::string message) : exit_(exit), message_(std::move(message)) {}

  bool ok() const { return exit_ == Exit::ok; }
  Exit exit() const { return exit_; }
  const std::string& message() const { return message_; }

 private:
  Exit exit_ = Exit::ok;
  std::string message_;
};

// The failed system call as an io_error: "<doing>: <strerror(error_number)>".
Status fail_errno(const std::string& doing, int error_number);

}  // namespace dms::node

// Returns a failed Status to the caller.
#define DMS_NODE_CHECK(expression)                                              \
  do {                                                                          \
    if (auto node_status = (expression); !node_status.ok()) return node_status; \
  } while (false)
