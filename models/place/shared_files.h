// Large files that all runs of a node share: named by their content, sent once, brought to each
// node once by the job's preparation task, found as AZ_BATCH_NODE_SHARED_DIR/<name>.
#pragma once

#include <vector>

#include "blob/azure_blob.h"
#include "models/note_listener.h"
#include "models/place/payload.h"
#include "models/runs/run_task.h"

namespace dms::models {

// Size and digest of each; the digests of files that did not change are remembered between calls.
// Errors: not_found and others of reading, with the path; conflict for a file that changes.
Result<std::vector<SharedInput>> hash_shared_files(const Study& study);

// Uploads what storage lacks, going on where an attempt before stopped. The addresses are signed
// for reading. Errors: conflict when a file changed since it was hashed; those of storage.
Result<std::vector<SharedFile>> upload_shared_files(blob::AzureBlob& blob,
                                                    const std::vector<SharedInput>& files,
                                                    std::chrono::seconds lifetime,
                                                    NoteListener& listener);

}  // namespace dms::models
