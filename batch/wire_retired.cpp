#include "batch/wire_retired.h"

#include "core/codec.h"

using namespace dms::batch;

DMS_CODEC(CertificateAdd);
DMS_CODEC(Certificate);
DMS_CODEC(Page<Certificate>);
