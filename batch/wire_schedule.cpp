#include "batch/wire.h"
#include "core/codec.h"

using namespace dms::batch;

DMS_CODEC(JobSchedule);
DMS_CODEC(Page<JobSchedule>);
DMS_CODEC(JobSchedulePatch);
DMS_CODEC(JobScheduleUpdate);
