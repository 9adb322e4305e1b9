// Results that are kept from earlier runs, whichever job they were in.
//
// A run that succeeds leaves its outputs as runs/<family>/<digest>.zip: the service sends them only
// after exit code 0, and a blob appears whole or not at all. So the blob's presence says that the
// run is done, though its task may be gone with its job.
#pragma once

#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "blob/azure_blob.h"
#include "models/runs/run_table.h"

namespace dms::models {

// By index, the runs whose results are kept. One listing of the family, nothing per run.
// Errors: those of storage; a container that is not there holds nothing.
Result<std::vector<bool>> find_kept(blob::AzureBlob& blob, const Runs& runs);

// Removes the kept results of these runs. Errors: those of storage; cancelled.
Status remove_kept(blob::AzureBlob& blob, const Runs& runs, const std::vector<bool>& kept,
                   int parallel, std::stop_token stop);

// Marks runs of the table that no task of the job stands for and whose results are kept.
void apply_kept(const std::vector<bool>& kept, RunTable& table);

// The seconds that the command of a run took, as dmsnode tells them in its archive's comment;
// `tail` is the archive's end, 256 bytes suffice.
std::optional<float> recorded_seconds(std::string_view tail);

}  // namespace dms::models
