process.stdout.write('crossfeed\n')
