#include "batch/wire.h"
#include "core/codec.h"

using namespace dms::batch;

DMS_CODEC(ApplicationSummary);
DMS_CODEC(Page<ApplicationSummary>);
DMS_CODEC(ImageInformation);
DMS_CODEC(Page<ImageInformation>);
DMS_CODEC(ErrorBody);
