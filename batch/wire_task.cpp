#include "batch/wire.h"
#include "core/codec.h"

using namespace dms::batch;

DMS_CODEC(Task);
DMS_CODEC(Page<Task>);
DMS_CODEC(TaskUpdate);
DMS_CODEC(TaskCollection);
DMS_CODEC(TaskAddResult);
DMS_CODEC(TaskAddCollectionResult);
DMS_CODEC(TaskExecutionInfo);
DMS_CODEC(SubtaskInfo);
DMS_CODEC(Subtasks);
