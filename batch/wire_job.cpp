#include "batch/wire.h"
#include "core/codec.h"

using namespace dms::batch;

DMS_CODEC(Job);
DMS_CODEC(Page<Job>);
DMS_CODEC(JobPatch);
DMS_CODEC(JobUpdate);
DMS_CODEC(JobDisable);
DMS_CODEC(JobTerminate);
DMS_CODEC(TaskCountsResult);
DMS_CODEC(JobPreparationAndReleaseTaskStatus);
DMS_CODEC(Page<JobPreparationAndReleaseTaskStatus>);
