#include <fmt/format.h>

#include <algorithm>

#include "batch/azure_batch.h"
#include "batch/operations.h"
#include "batch/rest.h"

namespace dms::batch {
namespace {

bool begins_with(std::string_view text, std::string_view start) {
  return equal_ignoring_case(text.substr(0, start.size()), start);
}

bool is_wanted(const ImageReference& image, std::string_view publisher, std::string_view offer,
               std::string_view sku_starts_with) {
  return equal_ignoring_case(image.publisher.value_or(""), publisher) &&
         equal_ignoring_case(image.offer.value_or(""), offer) &&
         begins_with(image.sku.value_or(""), sku_starts_with);
}

}  // namespace

Status AzureBatch::list_supported_images(const ListOptions& options,
                                         const std::function<Status(ImageInformation)>& each) {
  return rest_->each<op::list_supported_images>({.query = query_of(options)}, each);
}

Result<std::vector<VmImage>> AzureBatch::skus_available(std::string_view filter) {
  std::vector<VmImage> images;
  const auto keep = [&](ImageInformation image) {
    images.push_back({std::move(image.node_agent_sku_id), std::move(image.image_reference)});
    return ok();
  };
  DMS_CHECK(list_supported_images({.filter = std::string(filter)}, keep));
  return images;
}

Result<VmImage> AzureBatch::select_latest_verified_vm_image_with_node_agent_sku(
    std::string_view publisher, std::string_view offer, std::string_view sku_starts_with,
    std::string_view filter) {
  DMS_TRY(std::vector<VmImage> images, skus_available(filter));
  std::erase_if(images, [&](const VmImage& image) {
    return !is_wanted(image.image, publisher, offer, sku_starts_with);
  });
  if (images.empty()) {
    return fail(Code::not_found,
                fmt::format("no image of publisher '{}' and offer '{}' has a SKU that begins with "
                            "'{}': see what list_supported_images gives",
                            publisher, offer, sku_starts_with));
  }
  return *std::max_element(images.begin(), images.end(), [](const VmImage& a, const VmImage& b) {
    return a.image.sku.value_or("") < b.image.sku.value_or("");
  });
}

Status AzureBatch::list_applications(const std::function<Status(ApplicationSummary)>& each) {
  return rest_->each<op::list_applications>({}, each);
}

Result<ApplicationSummary> AzureBatch::get_application(std::string_view application_id) {
  return rest_->call<op::get_application>({}, application_id);
}

}  // namespace dms::batch
