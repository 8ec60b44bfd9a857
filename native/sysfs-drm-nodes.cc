// Finds DRM devices by their nodes in /sys/class/drm, without opening any (drivers/gpu/drm/drm_sysfs.c, 7.2).
#include "sysfs-drm-nodes.h"

#include <dirent.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>

namespace gemrig {
namespace {

constexpr const char* kClass = "/sys/class/drm/";

bool isNumbered(const std::string& name, const std::string& prefix) {
  return name.size() > prefix.size() && name.compare(0, prefix.size(), prefix) == 0 &&
         std::all_of(name.begin() + static_cast<std::ptrdiff_t>(prefix.size()), name.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

std::string resolved(const std::string& path) {
  char target[PATH_MAX];
  return realpath(path.c_str(), target) == nullptr ? "" : target;
}

std::string lastPart(const std::string& path) { return path.substr(path.rfind('/') + 1); }

const char* busOf(const std::string& device) {
  return lastPart(resolved(device + "/subsystem")) == "faux" ? "faux" : "unknown";
}

}  // namespace

void addUnlistedDrmNodes(std::vector<DrmNode>& nodes) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(kClass), closedir);
  if (directory == nullptr) return;
  std::map<std::string, DrmNode> unlisted;
  while (const dirent* entry = readdir(directory.get())) {
    const std::string name = entry->d_name;
    const bool isPrimary = isNumbered(name, "card");
    if (!isPrimary && !isNumbered(name, "renderD")) continue;
    const std::string node = "/dev/dri/" + name;
    const bool isListed = std::any_of(nodes.begin(), nodes.end(), [&](const DrmNode& known) {
      return known.primaryNode == node || known.renderNode == node;
    });
    const std::string device = resolved(kClass + name + "/device");
    if (isListed || device.empty() || access(node.c_str(), F_OK) != 0) continue;
    DrmNode& found = unlisted[device];
    (isPrimary ? found.primaryNode : found.renderNode) = node;
    found.bus = busOf(device);
    found.busName = lastPart(device);
  }
  for (auto& [device, node] : unlisted) nodes.push_back(std::move(node));
}

}  // namespace gemrig
