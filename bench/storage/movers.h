// Who moves files in the storage benchmark: dmsbatch, curl with one stream, and Microsoft's
// @azure/storage-blob; each as commands of their own.
#pragma once

#include <string>
#include <vector>

#include "bench/storage/timed_process.h"
#include "blob/blob_client.h"

namespace dms::bench {

// One service, and where the files of a run lie.
struct Scene {
  std::string endpoint;  // with the account
  std::string account;
  std::string key;
  std::string config_file;  // says the same to dmsbatch
  std::string directory;    // for what the movers need and leave
  std::string large;        // a file
  std::string many;         // a directory of small ones
  int files = 0;
};

Result<blob::BlobClient> client_of(const Scene& scene);

enum class Move { up, down, up_many, down_many };

struct Mover {
  std::string name;
  std::string folder;  // of its blobs
  // The command for a move, into or from blobs of the mover's own, to or from `target`.
  // Requires: `scene` is the same in all calls.
  Result<ChildSpec> (*command)(const Scene& scene, Move move, const std::string& target);
};

// The container of all movers.
inline constexpr const char* bench_container = "bench";

inline constexpr const char* our_folder = "ours";

// Ours first. There is a second one of ours for downloads, which verifies as little as curl.
std::vector<Mover> movers(Move move);

}  // namespace dms::bench
