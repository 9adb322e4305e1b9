// Copies a directory tree into another one.
#pragma once

#include <string>

#include "node/status.h"

namespace dms::node {

// Copies what is below `from` into the directory `to`: files, directories and links, with modes and
// modification times. Files share their blocks where the file system can do that; the copy may be
// written to without a change to the original. What is in the way of a file or link is replaced.
// Special files are left out. One thread. Errors: io_error.
Status copy_tree(const std::string& from, const std::string& to);

// Copies one file, with its mode; the copy is on no disk for certain. Errors: io_error.
Status copy_file(const std::string& from, const std::string& to);

// Removes a tree, links as links; nothing there is no error. Errors: io_error.
Status remove_tree(const std::string& path);

}  // namespace dms::node
