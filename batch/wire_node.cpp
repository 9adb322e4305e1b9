#include "batch/wire.h"
#include "core/codec.h"

using namespace dms::batch;

DMS_CODEC(Node);
DMS_CODEC(Page<Node>);
DMS_CODEC(NodeReboot);
DMS_CODEC(NodeReimage);
DMS_CODEC(NodeDeallocate);
DMS_CODEC(NodeDisableScheduling);
DMS_CODEC(NodeUser);
DMS_CODEC(NodeUserUpdate);
DMS_CODEC(RemoteLoginSettings);
DMS_CODEC(UploadServiceLogs);
DMS_CODEC(UploadServiceLogsResult);
DMS_CODEC(NodeVmExtension);
DMS_CODEC(Page<NodeVmExtension>);
DMS_CODEC(NodeFile);
DMS_CODEC(Page<NodeFile>);
