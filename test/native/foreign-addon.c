// Another library in the same process, for tests: SIGBUS that has nothing to do with gemrig, a handler of its own, and
// an object of its own.
#include <node_api.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile char* page;  // of an empty file: every access raises SIGBUS
static __thread sigjmp_buf recovery;
static __thread volatile int recovering;
static struct sigaction previous;

static void touch(void) { (void)*page; }

static napi_value touchPage(napi_env env, napi_callback_info info) {
  touch();
  return NULL;
}

// The page as a Uint8Array.
static napi_value pageBytes(napi_env env, napi_callback_info info) {
  napi_value buffer, bytes;
  napi_create_external_arraybuffer(env, (void*)page, 4096, NULL, NULL, &buffer);
  napi_create_typedarray(env, napi_uint8_array, 4096, buffer, 0, &bytes);
  return bytes;
}

// An object that wraps native memory, as mappings do, but not theirs.
static napi_value wrappedObject(napi_env env, napi_callback_info info) {
  static char memory[64];
  napi_value object;
  napi_create_object(env, &object);
  napi_wrap(env, object, memory, NULL, NULL, NULL);
  return object;
}

static void onSigbus(int signal, siginfo_t* info, void* context) {
  if (recovering && (char*)info->si_addr == (char*)page) siglongjmp(recovery, 1);
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
  } else {
    sigaction(SIGBUS, &previous, NULL);
  }
}

static napi_value installHandler(napi_env env, napi_callback_info info) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = onSigbus;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, &previous);
  return NULL;
}

// true when the handler of this file caught the fault
static napi_value recoverFromPage(napi_env env, napi_callback_info info) {
  napi_value answer;
  if (sigsetjmp(recovery, 1) == 0) {
    recovering = 1;
    touch();
    napi_get_boolean(env, false, &answer);
  } else {
    napi_get_boolean(env, true, &answer);
  }
  recovering = 0;
  return answer;
}

static void add(napi_env env, napi_value exports, const char* name, napi_callback call) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, call, NULL, &function);
  napi_set_named_property(env, exports, name, function);
}

NAPI_MODULE_INIT() {
  const int fd = memfd_create("empty", MFD_CLOEXEC);
  page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  add(env, exports, "touchPage", touchPage);
  add(env, exports, "pageBytes", pageBytes);
  add(env, exports, "wrappedObject", wrappedObject);
  add(env, exports, "installHandler", installHandler);
  add(env, exports, "recoverFromPage", recoverFromPage);
  return exports;
}
