// The images that nodes may have, as Azure Batch lists them. Here an image is a name: every node is
// this machine. Source: "List supported images" of the Batch service, its marketplace images.
#pragma once

#include <map>

#include "batch/wire_account.h"
#include "service/core/ids.h"

namespace dms::service {

using ImageKey = Id<struct ImageKind>;

// By node agent, publisher, offer and SKU.
const std::map<ImageKey, batch::ImageInformation>& supported_images();

}  // namespace dms::service
