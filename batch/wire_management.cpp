#include "batch/wire_management.h"

#include "core/codec.h"

using namespace dms::batch;

DMS_CODEC(ArmResourceList);
DMS_CODEC(ArmApplication);
DMS_CODEC(ArmPackage);
DMS_CODEC(ArmActivation);
DMS_CODEC(ArmErrorBody);
