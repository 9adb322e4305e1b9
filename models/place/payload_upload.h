// Brings what travels to the nodes into storage, and signs where it is and where results go.
#pragma once

#include <string>
#include <string_view>

#include "blob/azure_blob.h"
#include "models/note_listener.h"
#include "models/place/payload.h"
#include "models/runs/run_task.h"

namespace dms::models {

// Where payloads and results are.
inline constexpr std::string_view inputs_container = "dmsbatch-inputs";
inline constexpr std::string_view results_container = "dmsbatch-results";

// Makes both containers, uploads dmsnode, the inputs and shared files that storage lacks, and
// returns their addresses; results go below the job's id. May be repeated. The signatures outlive
// any wait of a run, and those for reading a job (models/place/signature_lifetime.h). Errors: those
// of the disk and of storage; invalid_argument when no signature lasts as long as the runs.
Result<TaskPlace> upload_payload(blob::AzureBlob& blob, const Study& study,
                                 const PackedInputs& inputs, const NodeTool& tool,
                                 NoteListener& listener);

}  // namespace dms::models
