# node-gyp's view of the addon. Sources, definitions and flags come from scripts/native-sources.mjs, which the cross
# build shares.
{
  'targets': [
    {
      'target_name': 'gemrig',
      'sources': ['<!@(node scripts/native-sources.mjs sources)'],
      'include_dirs': ['<!@(node scripts/native-sources.mjs include-folders)'],
      'defines': ['<!@(node scripts/native-sources.mjs defines)'],
      'cflags_cc!': ['-fno-exceptions', '-fno-rtti', '-std=gnu++17', '-std=gnu++20'],
      'cflags_cc': ['<!@(node scripts/native-sources.mjs flags)', '<!@(pkg-config --cflags libdrm)'],
      'libraries': ['<!@(pkg-config --libs libdrm)'],
    },
  ],
}
