// The place in storage that a transfer writes to, and what it holds already. Private to blob/.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "blob/remote_tree.h"
#include "blob/transfer_run.h"

namespace dms::blob {

// A blob that is gone already is removed. Requires: all outlive the job.
TransferJob removal(AzureBlob& blobs, const std::string& container, const RemoteEntry& entry);

// Used by one thread; find() by several, once it was looked at.
class TransferTarget {
 public:
  // Requires: all outlive this.
  TransferTarget(AzureBlob& blobs, const BlobPlace& place, const TransferOptions& options)
      : blobs_(blobs), place_(place), options_(options) {}

  // Lists what the filter takes. Creates the container when it is missing, unless all is dry.
  Status look();
  // The same where the place is the one blob, which the transfer calls `name`.
  Status look_at_blob(const std::string& name);

  // Null when there is none, or nobody has looked.
  const RemoteEntry* find(const std::string& name) const;
  // Of what is there and `keeps` not. Requires: this outlives the jobs.
  std::vector<TransferJob> removals(
      const std::function<bool(const std::string& name)>& keeps) const;

 private:
  // Where the error is that it is missing.
  Status make_container(Error error);

  AzureBlob& blobs_;
  const BlobPlace& place_;
  const TransferOptions& options_;
  std::map<std::string, RemoteEntry> there_;
};

}  // namespace dms::blob
