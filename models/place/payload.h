// What travels to the nodes: the zipped inputs of a study, and the tool that unpacks them there.
// Both are named by their content, so that nothing is uploaded twice.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "core/result.h"
#include "models/study/study.h"

namespace dms::models {

// A large file that all runs of a node share.
struct SharedInput {
  std::string name;  // below AZ_BATCH_NODE_SHARED_DIR
  std::filesystem::path path;
  std::uint64_t bytes = 0;
  std::string sha256;
};

struct PackedInputs {
  std::filesystem::path archive;  // empty: the study has no inputs
  std::string sha256;             // of the content, whatever compressed it
  std::uint64_t files = 0;
  std::uint64_t content_bytes = 0;
  std::uint64_t zip_bytes = 0;
  std::vector<std::string> left_out;  // folders of results, relative to the inputs
  std::vector<SharedInput> shared = {};

  // Tells the content of all that runs get: of the inputs and of the shared files.
  std::string identity() const;
};

// Zips the study's inputs into `archive`, without the study file itself, its shared files, what
// `exclude` names, what this program writes into `out`, and folders of results; hashes the shared
// files. Errors: those of blob::zip_directory and hash_shared_files.
Result<PackedInputs> pack_inputs(const Study& study, const std::filesystem::path& archive,
                                 const std::filesystem::path& out, std::stop_token stop = {});

struct NodeTool {
  std::filesystem::path path;
  std::string sha256;
};

// dmsnode: what the environment variable DMSBATCH_NODE_TOOL names, else the file beside this
// program. Errors: not_found, with the places that were looked at.
Result<NodeTool> find_node_tool();

}  // namespace dms::models
