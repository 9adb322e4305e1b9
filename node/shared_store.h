// What a node keeps for all runs: below AZ_BATCH_NODE_SHARED_DIR/dmsbatch, by content.
//
//   dmsnode-<sha>     this program
//   inputs/<sha>/     the inputs of studies, unpacked
//   files/<sha>       large files that runs share
//   links.lock        held by runs that need the links of shared files, see use_shared_files
//   <place>.lock, .boot, .partial   beside each of them, while it is made and after
//
// What stands under its name is whole: it is made beside its place, one process at a time, and
// renamed. A node that was restarted may have lost what was written last, so everything is made
// again then: .boot says which start of the node has seen it written. One thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "node/file.h"
#include "node/status.h"

namespace dms::node {

// A name below AZ_BATCH_NODE_SHARED_DIR and the digest of its content.
struct SharedFile {
  std::string name;
  std::string sha256;
};

class SharedStore {
 public:
  // Errors: usage when AZ_BATCH_NODE_SHARED_DIR is not set; io_error.
  static Status open(SharedStore& store);

  std::string inputs(const std::string& sha256) const { return root_ + "/inputs/" + sha256; }
  std::string file(const std::string& sha256) const { return root_ + "/files/" + sha256; }
  std::string tool(const std::string& sha256) const { return root_ + "/dmsnode-" + sha256; }
  // "<AZ_BATCH_NODE_SHARED_DIR>/<name>".
  std::string shared(const std::string& name) const { return shared_ + "/" + name; }

  // Unpacks the archive unless its content is here, and removes it. Errors: bad_archive, io_error.
  Status keep_inputs(const std::string& sha256, const std::string& archive) const;
  // Moves the file here unless it is here, else removes it. Errors: io_error.
  Status keep_file(const std::string& sha256, const std::string& path) const;
  // Copies this program here unless it is here. Errors: io_error.
  Status keep_tool(const std::string& sha256) const;

  // Makes the shared files findable by their names, and keeps others from changing that until
  // `lock` closes: a name that leads to another content waits until no run uses it.
  // Errors: missing_output when a file is not here; io_error.
  Status use_shared_files(const std::vector<SharedFile>& files, File& lock) const;

 private:
  template <class Make>
  Status make_once(const std::string& place, Make make) const;
  Status check_links(const std::vector<SharedFile>& files, bool& right) const;
  Status set_links(const std::vector<SharedFile>& files) const;

  std::string shared_;
  std::string root_;
};

}  // namespace dms::node
