"""Files of other programs: networks that PyTorch, Keras and ONNX have saved, and what goes back to them.

Every file is taken for one that a stranger made: nothing in it is executed, no module that it names is imported, no
other file that it points to is opened, and sizes are checked before memory is taken. None of the frameworks is needed.
"""
