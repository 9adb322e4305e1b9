// dmsnode stage and dmsnode run: a node made ready for the runs of a study, and one run.
#pragma once

#include <string>
#include <vector>

#include "node/shared_store.h"
#include "node/status.h"
#include "node/zip.h"

namespace dms::node {

// A digest and the file that has this content.
struct Brought {
  std::string sha256;
  std::string path;
};

struct StageOptions {
  std::string tool_sha256;  // of this program; empty: it is not kept
  std::vector<Brought> inputs;
  std::vector<Brought> files;
};

// Puts into the node's store what its runs will need. May be repeated, and run by several tasks at
// once: the first does the work. What was brought is gone afterwards.
// Errors: usage without AZ_BATCH_NODE_SHARED_DIR, bad_archive, io_error.
Status stage(const StageOptions& options);

struct RunOptions {
  std::string command;          // for /bin/bash -eo pipefail -c (core/plain_words.h)
  std::vector<Brought> inputs;  // an empty path: they are in the node's store already
  std::vector<SharedFile> shared;
  ZipOptions outputs;
};

// Copies the inputs into the working directory, runs the command there, and packs the outputs,
// those of a failed command as far as they are there, into an archive whose folder is made. Its
// comment tells the exit code and the command's seconds. `exit_code` is the command's (128 and the
// number for a signal, as a shell says it), or that of the returned error: bad_archive,
// missing_output, io_error.
Status run(const RunOptions& options, int& exit_code);

}  // namespace dms::node
