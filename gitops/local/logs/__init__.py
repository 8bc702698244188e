"""What replicas have said: the files of a log, when its lines were written, how it is read and how it is kept small."""
