// Finds the machine's DRM devices with libdrm's drmGetDevices2(3), which opens and wakes none of them.
#include "drm-node.h"

#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <tuple>

#include "sysfs-drm-nodes.h"

namespace gemrig {
namespace {

constexpr int kBusFaux = 4;  // DRM_BUS_FAUX of newer libdrm

const char* busOf(const drmDevice& device) {
  switch (device.bustype) {
    case DRM_BUS_PCI:
      return "pci";
    case DRM_BUS_USB:
      return "usb";
    case DRM_BUS_PLATFORM:
      return "platform";
    case DRM_BUS_HOST1X:
      return "host1x";
    case kBusFaux:
      return "faux";
    default:
      return "unknown";
  }
}

// The name of the device that a node belongs to, as its bus knows it. libdrm tells of device-tree devices by
// their path in the tree instead, which is not the name that sysfs, debugfs and the kernel log use.
std::string sysfsDeviceName(const std::string& node) {
  struct stat status;
  if (stat(node.c_str(), &status) != 0) return "";
  char link[64];
  std::snprintf(link, sizeof link, "/sys/dev/char/%u:%u/device", major(status.st_rdev),
                minor(status.st_rdev));
  char path[PATH_MAX];
  if (realpath(link, path) == nullptr) return "";
  const std::string target = path;
  return target.substr(target.rfind('/') + 1);
}

std::string busNameOf(const drmDevice& device, const std::string& node) {
  if (device.bustype == DRM_BUS_PCI) {
    const drmPciBusInfo& pci = *device.businfo.pci;
    char name[32];
    std::snprintf(name, sizeof name, "%04x:%02x:%02x.%d", pci.domain, pci.bus, pci.dev, pci.func);
    return name;
  }
  return sysfsDeviceName(node);
}

std::vector<std::string> compatibleOf(const drmDevice& device) {
  char** entry = nullptr;
  if (device.bustype == DRM_BUS_PLATFORM && device.deviceinfo.platform != nullptr) {
    entry = device.deviceinfo.platform->compatible;
  } else if (device.bustype == DRM_BUS_HOST1X && device.deviceinfo.host1x != nullptr) {
    entry = device.deviceinfo.host1x->compatible;
  }
  std::vector<std::string> compatible;
  for (; entry != nullptr && *entry != nullptr; entry++) compatible.emplace_back(*entry);
  return compatible;
}

std::string nodeOf(const drmDevice& device, int type) {
  return (device.available_nodes & (1 << type)) != 0 ? device.nodes[type] : "";
}

DrmNode describe(const drmDevice& device) {
  DrmNode node;
  node.renderNode = nodeOf(device, DRM_NODE_RENDER);
  node.primaryNode = nodeOf(device, DRM_NODE_PRIMARY);
  node.bus = busOf(device);
  node.busName = busNameOf(device, node.primaryNode.empty() ? node.renderNode : node.primaryNode);
  node.compatible = compatibleOf(device);
  return node;
}

int addListedDrmNodes(std::vector<DrmNode>& nodes) {
  // The count can grow between two calls when a driver is being loaded; the second call says how many it has
  // filled.
  const int wanted = drmGetDevices2(0, nullptr, 0);
  if (wanted < 0) return wanted == -ENOENT ? 0 : -wanted;
  std::vector<drmDevicePtr> devices(static_cast<size_t>(wanted), nullptr);
  const int found = drmGetDevices2(0, devices.data(), wanted);
  if (found < 0) return found == -ENOENT ? 0 : -found;
  const int filled = std::min(found, wanted);
  for (int i = 0; i < filled; i++) nodes.push_back(describe(*devices[static_cast<size_t>(i)]));
  drmFreeDevices(devices.data(), filled);
  return 0;
}

}  // namespace

int listDrmNodes(std::vector<DrmNode>& nodes) {
  if (const int error = addListedDrmNodes(nodes); error != 0) return error;
  addUnlistedDrmNodes(nodes);
  std::sort(nodes.begin(), nodes.end(), [](const DrmNode& a, const DrmNode& b) {
    return std::tie(a.primaryNode, a.renderNode) < std::tie(b.primaryNode, b.renderNode);
  });
  return 0;
}

}  // namespace gemrig
